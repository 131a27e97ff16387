import { crc32, deflateSync } from 'node:zlib';

/** A grey PNG of so many pixels, as base64. */
export function pngOf(width: number, height: number): string {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 0, 0, 0, 0], 8); // 8 bits of grey, the usual compression and filter, not interlaced
  const pixels = deflateSync(Buffer.alloc((width + 1) * height, 0x7f).fill(0, 0, 1));
  const magic = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([
    magic,
    chunkOf('IHDR', head),
    chunkOf('IDAT', pixels),
    chunkOf('IEND', Buffer.alloc(0)),
  ]).toString('base64');
}

function chunkOf(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(data.length, 0);
  chunk.set(body, 4);
  chunk.writeUInt32BE(crc32(body), body.length + 4);
  return chunk;
}

/** One empty page; `bytes` long, which is what the simulator counts. As base64. */
export function pdfOf(bytes: number): string {
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>',
  ];
  const body = objects.map((object, index) => `${index + 1} 0 obj\n${object}\nendobj\n`).join('');
  const text = `%PDF-1.4\n${body}trailer\n<< /Root 1 0 R >>\n%`;
  return Buffer.from(`${text}${'.'.repeat(Math.max(0, bytes - text.length - 7))}\n%%EOF\n`).toString('base64');
}
