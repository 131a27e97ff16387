import type { ImagePart } from '../model/request.ts';

/** The format of an image by its first bytes, whatever it was called; undefined when it is none that a model takes. */
export function sniffImage(bytes: Buffer): ImagePart['format'] | undefined {
  if (bytes.length > 8 && bytes.readUInt32BE(0) === 0x89504e47 && bytes.readUInt32BE(4) === 0x0d0a1a0a) return 'png';
  const start = bytes.toString('latin1', 0, 12);
  if (start.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (start.startsWith('GIF87a') || start.startsWith('GIF89a')) return 'gif';
  return start.startsWith('RIFF') && start.endsWith('WEBP') ? 'webp' : undefined;
}
