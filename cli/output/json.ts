import { UsageError } from '../errors.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** A JSON document: on one line for programs, indented for a person. */
export function formatJson(document: unknown, indented: boolean): string {
  return `${JSON.stringify(document, null, indented ? 2 : 0)}\n`;
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
