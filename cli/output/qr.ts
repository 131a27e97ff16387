import type { ChalkInstance } from 'chalk';
import encodeQr from 'qr';

/** Scanners need a light margin; ISO/IEC 18004 asks for 4 modules, and cameras are content with 2. */
const margin = 2;

interface QrLook {
  readonly columns: number;
  readonly style: ChalkInstance;
}

/**
 * A QR code as text, two rows of modules in a line of half blocks; undefined where it would be wider than the terminal.
 * With colours it is black on white whatever the terminal's are; without, light is drawn and dark left out, which is
 * right on a dark terminal and inverted, as most scanners can read it too, on a light one.
 */
export function formatQr(text: string, { columns, style }: QrLook): string | undefined {
  const rows = encodeQr(text, 'raw', { ecc: 'low', border: margin });
  const width = rows.length;
  if (width > columns) return undefined;
  const hasColor = style.level > 0;
  const isDrawn = (y: number, x: number) => (rows[y]?.[x] ?? false) === hasColor;
  const lines: string[] = [];
  for (let y = 0; y < width; y += 2) {
    let line = '';
    for (let x = 0; x < width; x++) line += blockOf(isDrawn(y, x), isDrawn(y + 1, x));
    lines.push(hasColor ? style.hex('#000000').bgHex('#ffffff')(line) : line);
  }
  return `${lines.join('\n')}\n`;
}

function blockOf(upper: boolean, lower: boolean): string {
  if (upper) return lower ? '█' : '▀';
  return lower ? '▄' : ' ';
}
