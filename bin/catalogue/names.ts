/** Year and month in an id (`-20250929`, `-2407`) as a number that sorts; 0 without one. */
function dateIn(id: string): number {
  const [, date = '0'] = /-(\d{8}|2[3-9](?:0[1-9]|1[0-2]))(?=-|$)/.exec(id) ?? [];
  return Number(date.length === 4 ? `20${date}00` : date);
}

/**
 * Names for a model, best first: without maker, version and date; with its date; with its version too; the id itself.
 * A single word without a digit (`claude` of `claude-v2:1`) names a family, not a model, and is never an alias.
 */
function namesOf(id: string): readonly string[] {
  const versioned = id.slice(id.indexOf('.') + 1);
  const dated = versioned.replace(/-(v\d+(:\d+)?|\d+:\d+)$/, '');
  const plain = dated.replace(/-(\d{8}|2[3-9](0[1-9]|1[0-2]))$/, '');
  // `r1` and `v3.2` say nothing without their maker.
  const telling = /^[a-z]\d[\d.]*$/.test(plain) ? `${id.slice(0, id.indexOf('.'))}-${plain}` : plain;
  return [telling, dated, versioned, id].filter((name) => /\d/.test(name) || name.includes('-'));
}

/** The newest of those that share a name has it; each of the others takes its next name. */
export function aliasesOf(ids: readonly string[]): ReadonlyMap<string, string> {
  const newestFirst = ids.toSorted((a, b) => dateIn(b) - dateIn(a) || a.localeCompare(b));
  const aliases = new Map<string, string>();
  const taken = new Set<string>();
  for (const id of newestFirst) {
    const alias = namesOf(id).find((name) => !taken.has(name));
    if (alias === undefined) throw new Error(`${id} is listed twice`);
    taken.add(alias);
    aliases.set(id, alias);
  }
  return aliases;
}
