/**
 * Characters that a line of text shows nothing of, as the inside of a character class with the flag `u`: controls, line
 * ends, formats (bidi, zero-width, tags), lone surrogates, and what Unicode says to show nothing for (fillers, selectors).
 */
export const unseen = '\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}';

const unseenAnywhere = new RegExp(`[${unseen}]`, 'gu');

/** What is left to see of a text that nobody has checked, at most `longest` characters of it; null for nothing. */
export function seenOf(text: string, longest: number): string | null {
  const seen = text.replace(unseenAnywhere, '').trim();
  return Array.from(seen).slice(0, longest).join('') || null;
}
