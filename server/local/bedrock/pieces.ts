// Cutting texts into the pieces of a stream. No cut ever falls inside a character.

/** Pieces of `size` words each, with the spaces they came with. */
export function splitWords(text: string, size: number): readonly string[] {
  const words = text.match(/\s*\S+\s*$|\s*\S+/g) ?? (text === '' ? [] : [text]);
  const pieces: string[] = [];
  for (let at = 0; at < words.length; at += size) pieces.push(words.slice(at, at + size).join(''));
  return pieces;
}

/** `count` pieces of about the same length; fewer when the text has fewer characters. */
export function splitEvenly(text: string, count: number): readonly string[] {
  const pieces: string[] = [];
  let from = 0;
  for (let index = 1; index <= count; index++) {
    let to = Math.round((text.length * index) / count);
    if (isLowSurrogate(text, to)) to += 1;
    if (to <= from) continue;
    pieces.push(text.slice(from, to));
    from = to;
  }
  return pieces;
}

function isLowSurrogate(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff;
}

/** The pieces as far as their UTF-8 bytes go into `maxBytes`. */
export function cutToBytes(pieces: readonly string[], maxBytes: number): readonly string[] {
  const kept: string[] = [];
  let left = maxBytes;
  for (const piece of pieces) {
    const length = Buffer.byteLength(piece);
    if (length <= left) {
      kept.push(piece);
      left -= length;
      continue;
    }
    const rest = headOf(piece, left);
    if (rest !== '') kept.push(rest);
    break;
  }
  return kept;
}

function headOf(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  let end = maxBytes;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}

/** The pieces up to the first of the sequences in their joined text, and that sequence. */
export function cutAtSequence(
  pieces: readonly string[],
  sequences: readonly string[],
): { readonly pieces: readonly string[]; readonly sequence: string } | undefined {
  const text = pieces.join('');
  let end = -1;
  let sequence = '';
  for (const candidate of sequences) {
    const at = text.indexOf(candidate);
    if (at >= 0 && (end < 0 || at < end)) {
      end = at;
      sequence = candidate;
    }
  }
  return end < 0 ? undefined : { pieces: cutToBytes(pieces, Buffer.byteLength(text.slice(0, end))), sequence };
}

export function byteLengthOf(pieces: readonly string[]): number {
  return pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0);
}
