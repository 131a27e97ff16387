import type { AudioPart, DocumentPart, MediaPart, VideoPart } from '../model/request.ts';
import type { DroppedFields } from './dropped-fields.ts';
import { isObject, type JsonObject } from './json-object.ts';
import { audioFormatOf, isDataUrl, readBase64, readDataUrl, toImage, toMediaPart, videoFormatOf } from './media.ts';
import { cacheFields, optionalText, type Reading, requireObject, requireText, wrong } from './reading.ts';

// Images, files, sound and film in every shape that clients send them to this route in.

type MediaReader = (part: JsonObject, path: string, reading: Reading) => MediaPart;

/** By the part's `type`. @throws GatewayError 400 naming the member at fault */
export const mediaReaders: Readonly<Record<string, MediaReader>> = {
  image_url: readImageUrl,
  /** Responses: the address stands in the part itself. */
  input_image: (part, path, reading) =>
    (part['file_id'] ?? undefined) === undefined ? readImageUrl(part, path, reading) : refuseFileId(`${path}.file_id`),
  image: readAnthropicImage,
  input_audio: readAudio,
  file: readFile,
  input_file: (part, path, reading) => readFileOf(part, path, reading, [...cacheFields, 'type']),
  document: readAnthropicDocument,
  video_url: (part, path, reading) => readVideo(part, 'video_url', path, reading),
  input_video: (part, path, reading) =>
    readVideo(part, part['video_url'] === undefined ? 'input_video' : 'video_url', path, reading),
};

function readImageUrl(part: JsonObject, path: string, { dropped }: Reading): MediaPart {
  const image = part['image_url'];
  const bare = typeof image === 'string';
  const source = bare ? part : requireObject(part, 'image_url', path);
  const urlPath = bare ? `${path}.image_url` : `${path}.image_url.url`;
  const url = bare ? image : requireText(source, 'url', `${path}.image_url`);
  const detail = source['detail'] ?? 'auto';
  if (detail !== 'auto') dropped.add('messages.content.image_url.detail');
  if (bare) dropped.addUnknown(part, ['type', 'image_url', 'detail', ...cacheFields], 'messages.content');
  else {
    dropped.addUnknown(source, ['url', 'detail'], 'messages.content.image_url');
    dropped.addUnknown(part, ['type', 'image_url', ...cacheFields], 'messages.content');
  }
  return imageAt(url, urlPath);
}

function imageAt(url: string, path: string): MediaPart {
  if (isDataUrl(url)) return toImage(readDataUrl(url, path), path);
  if (!URL.canParse(url)) throw wrong(path, 'is no address; send "data:image/png;base64,…" or an https address');
  if (new URL(url).protocol === 'https:') return { type: 'remote-image', url, path };
  throw wrong(path, 'is neither a data URL nor an https address; send one of the two', 'unsupported_content');
}

function readAnthropicImage(part: JsonObject, path: string, { dropped }: Reading): MediaPart {
  dropped.addUnknown(part, ['type', 'source', ...cacheFields], 'messages.content');
  const source = requireObject(part, 'source', path);
  dropped.addUnknown(source, ['type', 'media_type', 'data', 'url', 'file_id'], 'messages.content.source');
  const at = `${path}.source`;
  switch (source['type']) {
    case 'base64':
      return toImage(readBase64(requireText(source, 'data', at), `${at}.data`), `${at}.data`);
    case 'url':
      return imageAt(requireText(source, 'url', at), `${at}.url`);
    default:
      throw wrong(
        `${at}.type`,
        'is "base64" or "url": no files are stored here; send the image itself',
        'unsupported_content',
      );
  }
}

function readAnthropicDocument(part: JsonObject, path: string, reading: Reading): MediaPart {
  const media = readDocumentSource(part, path, reading);
  if (media.type === 'document') return { ...media, ...aboutDocument(part, path, reading) };
  const { context, citations } = part;
  reading.dropped.addUnknown({ context, citations }, [], 'messages.content');
  return media;
}

/** What a document's block says beside its source. @throws GatewayError 400 naming the member */
export function aboutDocument(
  part: JsonObject,
  path: string,
  { dropped }: Reading,
): Pick<DocumentPart, 'name' | 'context' | 'citations'> {
  const name = optionalText(part, 'title', path);
  const context = optionalText(part, 'context', path);
  return { name, ...(context && { context }), ...(wantsCitations(part, path, dropped) && { citations: true }) };
}

/** `citations: {"enabled": true}` of a document or search result. @throws GatewayError 400 naming the member */
export function wantsCitations(part: JsonObject, path: string, dropped: DroppedFields): boolean {
  if ((part['citations'] ?? undefined) === undefined) return false;
  const citations = requireObject(part, 'citations', path);
  dropped.addUnknown(citations, ['enabled'], 'messages.content.citations');
  return citations['enabled'] === true;
}

function readDocumentSource(part: JsonObject, path: string, { dropped }: Reading): MediaPart {
  const known = ['type', 'source', 'title', 'context', 'citations', ...cacheFields];
  dropped.addUnknown(part, known, 'messages.content');
  const name = optionalText(part, 'title', path);
  const source = requireObject(part, 'source', path);
  dropped.addUnknown(source, ['type', 'media_type', 'data'], 'messages.content.source');
  const at = `${path}.source`;
  const data = () => requireText(source, 'data', at);
  switch (source['type']) {
    case 'base64': {
      const mediaType = optionalText(source, 'media_type', at)?.toLowerCase();
      return toMediaPart(readBase64(data(), `${at}.data`, mediaType, name), `${at}.data`);
    }
    case 'text': {
      const text = data();
      if (text === '') throw wrong(`${at}.data`, 'is empty; send a text');
      return { type: 'document', format: 'txt', data: Buffer.from(text).toString('base64'), name, path: `${at}.data` };
    }
    default:
      throw wrong(
        `${at}.type`,
        'is "base64" or "text": files are neither stored nor fetched here; send the document itself',
        'unsupported_content',
      );
  }
}

function readAudio(part: JsonObject, path: string, { dropped }: Reading): AudioPart {
  dropped.addUnknown(part, ['type', 'input_audio', ...cacheFields], 'messages.content');
  const at = `${path}.input_audio`;
  const audio = requireObject(part, 'input_audio', path);
  dropped.addUnknown(audio, ['data', 'format'], 'messages.content.input_audio');
  const word = requireText(audio, 'format', at).toLowerCase();
  const format = audioFormatOf(word);
  if (!format) throw wrong(`${at}.format`, 'is no format a model reads; send wav or mp3', 'unsupported_content');
  const text = requireText(audio, 'data', at);
  const { data } = isDataUrl(text) ? readDataUrl(text, `${at}.data`) : readBase64(text, `${at}.data`);
  return { type: 'audio', format, data, path: `${at}.data` };
}

function readVideo(part: JsonObject, field: string, path: string, { dropped }: Reading): VideoPart {
  dropped.addUnknown(part, ['type', field, ...cacheFields], 'messages.content');
  const value = part[field];
  const source = isObject(value) ? value : { url: value };
  const at = isObject(value) ? `${path}.${field}.url` : `${path}.${field}`;
  const { url } = source;
  if (typeof url !== 'string' || !isDataUrl(url)) {
    throw wrong(at, 'is not a data URL; send "data:video/mp4;base64,…"', 'unsupported_content');
  }
  const { data, mediaType } = readDataUrl(url, at);
  const format = videoFormatOf(mediaType.slice(mediaType.indexOf('/') + 1));
  if (!format) throw wrong(at, 'is no film a model reads; send MP4, MOV, MKV or WebM', 'unsupported_content');
  return { type: 'video', format, data, path: at };
}

function readFile(part: JsonObject, path: string, reading: Reading): MediaPart {
  reading.dropped.addUnknown(part, ['type', 'file', ...cacheFields], 'messages.content');
  return readFileOf(requireObject(part, 'file', path), `${path}.file`, reading, []);
}

function readFileOf(file: JsonObject, path: string, { dropped }: Reading, known: readonly string[]): MediaPart {
  for (const name of ['file_id', 'file_url']) {
    if (file[name] !== undefined && file[name] !== null) return refuseFileId(`${path}.${name}`);
  }
  dropped.addUnknown(file, ['file_data', 'filename', ...known], 'messages.content.file');
  const text = requireText(file, 'file_data', path);
  const filename = optionalText(file, 'filename', path);
  const at = `${path}.file_data`;
  return toMediaPart(isDataUrl(text) ? readDataUrl(text, at, filename) : readBase64(text, at, '', filename), at);
}

function refuseFileId(path: string): never {
  throw wrong(
    path,
    'stored and remote files are not available yet; send the file itself in file_data',
    'unsupported_content',
  );
}
