/** A JSON object, as opposed to an array, a scalar or nothing. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A member that must be text to be of use. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
