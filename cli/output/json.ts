import { unseen } from '../../shared/unseen.ts';
import { UsageError } from '../errors.ts';

/** JSON itself writes no control but line ends, and escapes none beyond U+001F. */
const unseenInText = new RegExp(`(?!\\n)[${unseen}]`, 'gu');

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}

type JsonObject = Readonly<Record<string, unknown>>;

/** A JSON document: on one line for programs; for a person indented, and with nothing that would move the terminal. */
export function formatJson(document: unknown, indented: boolean): string {
  const text = JSON.stringify(document, null, indented ? 2 : 0);
  return `${indented ? text.replace(unseenInText, escaped) : text}\n`;
}

/** Only the named fields of an object, in the order they were asked for. @throws UsageError for one it lacks */
export function pickFields(record: JsonObject, fields: readonly string[] | undefined): JsonObject {
  if (!fields) return record;
  const unknown = fields.find((field) => !Object.hasOwn(record, field));
  if (unknown !== undefined) {
    throw new UsageError(`there is no field "${unknown}"`, { hint: `fields: ${Object.keys(record).join(', ')}` });
  }
  return Object.fromEntries(fields.map((field) => [field, record[field]]));
}
