// Text from outside (key names, e-mails, what a model says) could move the cursor, change the title or reverse the
// reading direction of the terminal it is printed to.

/** ECMA-48: ESC [ or CSI starts a control sequence, ESC ] or OSC a string that BEL or ST ends. */
const controlSequence = '(?:\\u001b\\[|\\u009b)[0-?]*[ -/]*[@-~]';
const commandString = '(?:\\u001b\\]|\\u009d)[^\\u0007\\u001b\\u009c]*(?:\\u0007|\\u001b\\\\|\\u009c)';
/** Complete ones go as a whole, so that no remains of them are shown. */
const sequences = new RegExp(`${controlSequence}|${commandString}`, 'g');

const bidi = '\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069';
const invisible = '\\u00ad\\u200b-\\u200d\\u2060-\\u2064\\ufeff';
const cellPattern = new RegExp(`[\\p{Cc}\\u2028\\u2029${bidi}${invisible}]`, 'gu');
// In running text the joiners U+200C and U+200D stay: Persian, Indic scripts and emoji families need them.
const textPattern = new RegExp(`(?![\\n\\t])[\\p{Cc}${bidi}\\u200b\\u2060-\\u2064\\ufeff]`, 'gu');

/** For one cell or one line: no control, bidi or zero-width character is left, not even a line end. */
export function stripControl(text: string): string {
  return text.replace(sequences, '').replace(cellPattern, '');
}

/** For running text, also when it comes in pieces: line ends and tabs stay. */
export function stripControlFromText(text: string): string {
  return text.replace(sequences, '').replace(textPattern, '');
}
