const mostNames = 50;

/** Collects the names of what is left out, for a header and the ledger. */
export class DroppedFields {
  readonly #names = new Set<string>();

  add(name: string): void {
    this.#names.add(printable(name));
  }

  /** Every field of an object of the request, other than those known, that asks for something. */
  addUnknown(fields: Readonly<Record<string, unknown>>, known: readonly string[], path: string): void {
    for (const [name, value] of Object.entries(fields)) {
      if (!known.includes(name) && asksSomething(value)) this.add(`${path}.${shortened(name)}`);
    }
  }

  /** All of them: to be cut once, where they are told. */
  list(): string[] {
    return [...this.#names];
  }

  /** No more than a header can hold: a body may have any number of fields. */
  shortList(): string[] {
    const names = this.list();
    const more = names.length - mostNames;
    return more <= 0 ? names : [...names.slice(0, mostNames), `and_${more}_more`];
  }
}

/** What clients leave in objects without meaning anything by it: OpenAI's own answers have `annotations: []`. */
export function asksSomething(value: unknown): boolean {
  if (value === undefined || value === null || value === false) return false;
  return !(Array.isArray(value) && value.length === 0);
}

/** What a caller calls a field must not fill the header it is told in. */
export function shortened(name: string): string {
  return name.slice(0, 64);
}

/** … nor break it. */
function printable(name: string): string {
  return name.replaceAll(/[^\w.[\]-]/g, '?');
}
