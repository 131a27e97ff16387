/** Levenshtein's distance: how many characters must be added, removed or changed to turn one word into the other. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const change = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const removal = (previous[column] ?? 0) + 1;
      const addition = (current[column - 1] ?? 0) + 1;
      current.push(Math.min(change, removal, addition));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}

/** The `count` entries of which any name is nearest to `word`; of equally near ones the earlier. */
export function nearest<T>(
  word: string,
  entries: readonly T[],
  namesOf: (entry: T) => readonly string[],
  count: number,
): readonly T[] {
  const lower = word.toLowerCase();
  return entries
    .map((entry) => ({ entry, distance: Math.min(...namesOf(entry).map((name) => editDistance(lower, name))) }))
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, count)
    .map(({ entry }) => entry);
}
