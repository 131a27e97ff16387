export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/**
 * Pixels of a base64 image, read from the head of a PNG or GIF. `unknown` for a JPEG or WebP, whose size stands
 * elsewhere; `undefined` for what begins as none of the four.
 */
export function readImageSize(base64: string): ImageSize | 'unknown' | undefined {
  const head = Buffer.from(base64.slice(0, 48), 'base64');
  const magic = head.toString('latin1');
  if (magic.startsWith('\x89PNG\r\n\x1a\n')) {
    return head.length < 24 ? 'unknown' : { width: head.readUInt32BE(16), height: head.readUInt32BE(20) };
  }
  if (magic.startsWith('GIF8')) {
    return head.length < 10 ? 'unknown' : { width: head.readUInt16LE(6), height: head.readUInt16LE(8) };
  }
  const isOther = magic.startsWith('\xff\xd8\xff') || (magic.startsWith('RIFF') && magic.slice(8, 12) === 'WEBP');
  return isOther ? 'unknown' : undefined;
}
