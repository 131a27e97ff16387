import { invalidRequest } from '../errors.ts';
import { sniffImage } from '../media/sniff-image.ts';
import {
  audioFormats,
  type DocumentPart,
  documentFormats,
  type ImagePart,
  type MediaPart,
  videoFormats,
} from '../model/request.ts';

// Files that stand in a request, for every dialect: their base64, and what they are.

/** Bytes. More than any model on Bedrock takes in one part (images 3.75 MB, documents 4.5 MB, sound and film 25 MB by S3). */
export const largestFileBytes = 5_000_000;

export interface File {
  /** Base64 of the standard alphabet, padded, without whitespace: what JSON APIs of AWS take. */
  readonly data: string;
  readonly bytes: Buffer;
  /** What the caller called it: a media type without parameters, lower case; empty when it said nothing. */
  readonly mediaType: string;
  readonly filename: string | undefined;
}

/** Why it failed `name`s the field: "<path>: what is wrong; what to do." */
const wrong = (path: string, fault: string) => invalidRequest(`${path}: ${fault}.`, path);

/**
 * A file given as base64. Whitespace and the URL-safe alphabet are taken too.
 * @throws GatewayError 400 naming `path`: not base64, empty, too large
 */
export function readBase64(text: string, path: string, mediaType = '', filename?: string): File {
  const bare = /\s/.test(text) ? text.replaceAll(/\s+/g, '') : text;
  const padding = bare.endsWith('==') ? 2 : bare.endsWith('=') ? 1 : 0;
  const digits = bare.length - padding;
  if (digits === 0) throw wrong(path, 'is an empty file; send one with content');
  const size = Math.floor((digits * 3) / 4);
  if (size > largestFileBytes) {
    throw wrong(path, `is a file of ${size} bytes; send at most ${largestFileBytes}`);
  }
  const bytes = Buffer.from(bare, 'base64');
  // Buffer skips what is no digit of base64, so that the length tells.
  if (bytes.length !== size || digits % 4 === 1) throw wrong(path, 'is not base64; encode the whole file');
  const isCanonical = bare.length % 4 === 0 && !/[-_]/.test(bare);
  return { data: isCanonical ? bare : bytes.toString('base64'), bytes, mediaType, filename };
}

/** `data:image/png;base64,…`, in capitals too. */
export function isDataUrl(url: string): boolean {
  return url.slice(0, 5).toLowerCase() === 'data:';
}

/** @throws GatewayError 400 naming `path`: not base64, empty, too large */
export function readDataUrl(url: string, path: string, filename?: string): File {
  const comma = url.indexOf(',');
  const [mediaType = '', ...parameters] = url.slice(5, Math.max(comma, 5)).toLowerCase().split(';');
  if (comma < 0 || parameters.at(-1)?.trim() !== 'base64') {
    throw wrong(path, 'is not a data URL in base64; send "data:<media type>;base64,…"');
  }
  return readBase64(url.slice(comma + 1), path, mediaType.trim(), filename);
}

/** An image, typed by its first bytes whatever it was called. @throws GatewayError 400 naming `path` */
export function toImage({ bytes, data }: File, path: string): ImagePart {
  const format = sniffImage(bytes);
  if (format === undefined) {
    throw invalidRequest(`${path}: is no PNG, JPEG, GIF or WebP; convert it to one.`, path, 'unsupported_content');
  }
  return { type: 'image', format, data, path };
}

const videoTypes: Readonly<Record<string, (typeof videoFormats)[number]>> = {
  quicktime: 'mov',
  'x-matroska': 'mkv',
  'x-flv': 'flv',
  'x-ms-wmv': 'wmv',
  '3gpp': 'three_gp',
};
const audioTypes: Readonly<Record<string, (typeof audioFormats)[number]>> = {
  mpeg: 'mp3',
  'x-wav': 'wav',
  wave: 'wav',
  mp4: 'm4a',
  'x-m4a': 'm4a',
  'x-flac': 'flac',
};
const documentTypes: Readonly<Record<string, DocumentPart['format']>> = {
  'application/pdf': 'pdf',
  'text/csv': 'csv',
  'application/msword': 'doc',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.ms-excel': 'xls',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'text/html': 'html',
  'text/plain': 'txt',
  'text/markdown': 'md',
  'text/x-markdown': 'md',
};
const extensions: Readonly<Record<string, DocumentPart['format']>> = { htm: 'html', markdown: 'md', text: 'txt' };

const wordOf = (table: Readonly<Record<string, string>>, word: string) =>
  Object.hasOwn(table, word) ? table[word] : undefined;

/** The name of a format, or the second half of a media type. */
export function audioFormatOf(word: string): (typeof audioFormats)[number] | undefined {
  const format = wordOf(audioTypes, word) ?? word;
  return audioFormats.find((each) => each === format);
}

/** The name of a format, or the second half of a media type. */
export function videoFormatOf(word: string): (typeof videoFormats)[number] | undefined {
  const format = wordOf(videoTypes, word) ?? word;
  return videoFormats.find((each) => each === format);
}

function documentFormatOf({ bytes, mediaType, filename }: File): DocumentPart['format'] | undefined {
  const start = bytes.toString('latin1', 0, 8);
  if (start.startsWith('%PDF-')) return 'pdf';
  const extension = filename?.slice(filename.lastIndexOf('.') + 1).toLowerCase() ?? '';
  const word = wordOf(documentTypes, mediaType) ?? wordOf(extensions, extension) ?? extension;
  const named = documentFormats.find((each) => each === word);
  // Word's and Excel's files look alike from without: a ZIP archive, or Microsoft's older container.
  if (start.startsWith('PK\x03\x04')) return named === 'docx' || named === 'xlsx' ? named : undefined;
  if (start === '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1') return named === 'doc' || named === 'xls' ? named : undefined;
  if (!isText(bytes)) return undefined;
  return named === 'csv' || named === 'html' || named === 'md' ? named : 'txt';
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
/** Sources of programs, JSON, logs: whatever reads as a text can be sent as one. */
function isText(bytes: Buffer): boolean {
  if (bytes.includes(0)) return false;
  try {
    utf8.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/**
 * A file of any kind as the part it is: an image or document by its first bytes, sound and film by their media type,
 * any other text as `txt`.
 * @throws GatewayError 400 naming `path`
 */
export function toMediaPart(file: File, path: string): Exclude<MediaPart, { type: 'remote-image' }> {
  const { bytes, data, mediaType, filename } = file;
  if (sniffImage(bytes) !== undefined) return toImage(file, path);
  const [kind, word = ''] = mediaType.split('/');
  const audio = kind === 'audio' ? audioFormatOf(word) : undefined;
  if (audio) return { type: 'audio', format: audio, data, path };
  const video = kind === 'video' ? videoFormatOf(word) : undefined;
  if (video) return { type: 'video', format: video, data, path };
  const format = documentFormatOf(file);
  if (format) return { type: 'document', format, data, name: filename, path };
  const fault = 'is no kind of file a model reads; send an image, a PDF, an Office document or a text';
  throw invalidRequest(`${path}: ${fault}.`, path, 'unsupported_content');
}
