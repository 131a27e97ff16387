import decodeQr from 'qr/decode.js';

/** Points of a square, so that the reader has something to see. */
const scale = 4;

/** What a camera makes of a QR code that is drawn with half blocks. */
export function scanQr(picture: string, drawnIsDark: boolean): string {
  const rows = picture
    .trimEnd()
    .split('\n')
    .flatMap((line) => ['▀', '▄'].map((half) => [...line].map((block) => block === '█' || block === half)));
  const width = (rows[0]?.length ?? 0) * scale;
  const height = rows.length * scale;
  const data = new Uint8Array(width * height * 4).fill(255);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const isDrawn = rows[Math.floor(y / scale)]?.[Math.floor(x / scale)] ?? false;
      const at = (y * width + x) * 4;
      if (isDrawn === drawnIsDark) data.fill(0, at, at + 3);
    }
  }
  return decodeQr({ width, height, data });
}
