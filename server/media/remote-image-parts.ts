import type { Message, ModelRequest, RemoteImagePart } from '../model/request.ts';

/** Puts images in the place of their addresses. @throws GatewayError 400 naming the part that cannot be had */
export interface ImageLoader {
  load(request: ModelRequest): Promise<ModelRequest>;
}

/** What fetches is loaded for the first request that names an image by its address. */
export function createImageLoader(load: () => Promise<ImageLoader>): ImageLoader {
  let loading: Promise<ImageLoader> | undefined;
  return {
    async load(request) {
      if (remoteImagesOf(request).length === 0) return request;
      loading ??= load();
      return (await loading).load(request);
    },
  };
}

export function remoteImagesOf({ messages }: ModelRequest): readonly RemoteImagePart[] {
  return messages.flatMap(remoteImagesIn);
}

const none: readonly RemoteImagePart[] = [];

function remoteImagesIn({ role, content }: Message): readonly RemoteImagePart[] {
  if (role !== 'user' || content.every(({ type }) => type === 'text')) return none;
  return content
    .flatMap((part) => (part.type === 'tool-result' ? part.content : [part]))
    .filter((part) => part.type === 'remote-image');
}
