import type { IncomingHttpHeaders } from 'node:http';
import { AwsFault } from '../emulator.ts';
import { verifySignature } from '../signature.ts';

/**
 * Checks a request's signature (service `bedrock`), or its Bedrock API key: `Authorization: Bearer <key>`, where every
 * secret of `credentials` is a valid key. @throws AwsFault with status 403, in the service's words.
 */
export function authenticate(
  request: { readonly method: string; readonly url: string; readonly headers: IncomingHttpHeaders },
  body: Uint8Array,
  options: { readonly credentials: ReadonlyMap<string, string>; readonly now: number },
): void {
  const [, key] = /^Bearer (.*)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (key === undefined) {
    verifySignature(request, body, { ...options, service: 'bedrock' });
  } else if (![...options.credentials.values()].includes(key)) {
    const message = 'Authentication failed: Please make sure your API Key is valid.';
    throw new AwsFault('AccessDeniedException', message, 403);
  }
}
