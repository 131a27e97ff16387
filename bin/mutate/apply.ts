/** One rule of the translator, disabled by a change of its text, and the tests that must notice. */
export interface Mutation {
  /** The rule, as one would say it. */
  readonly rule: string;
  readonly file: string;
  /** Stands exactly once in the file. */
  readonly find: string;
  /** Without the rule. */
  readonly replace: string;
  /** Test files, of which at least one test must fail. */
  readonly tests: readonly string[];
}

/** The file's text without the rule. @throws Error unless `find` stands in it exactly once, and is changed */
export function applyMutation(text: string, { file, find, replace, rule }: Mutation): string {
  const parts = text.split(find);
  if (find === '' || parts.length !== 2) {
    throw new Error(`"${rule}": its text stands ${find === '' ? 0 : parts.length - 1} times in ${file}, not once`);
  }
  if (find === replace) throw new Error(`"${rule}": its text stays as it is`);
  return parts.join(replace);
}

/** Mutations of one file: what the rule is, its text, and the text without it. */
export function mutationsOf(
  file: string,
  tests: readonly string[],
  rows: readonly (readonly [rule: string, find: string, replace: string])[],
): readonly Mutation[] {
  return rows.map(([rule, find, replace]) => ({ rule, file, find, replace, tests }));
}
