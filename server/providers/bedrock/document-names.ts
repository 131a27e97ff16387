import { createHash } from 'node:crypto';
import type { DocumentPart } from '../../model/request.ts';

/**
 * Names of the documents of one conversation, as Converse takes them: letters, digits, single spaces, hyphens, round and
 * square brackets, no two alike in the whole history. A name is made from the document alone wherever it can be, so that
 * the next turn, which sends the same history again, has the same bytes and finds its prompt cache.
 */
export class DocumentNames {
  readonly #taken = new Set<string>();
  /** Which copy of a name comes next: a conversation may hold thousands of one document. */
  readonly #copies = new Map<string, number>();

  nameOf({ name, format, data }: DocumentPart): string {
    const stem = (name ?? '').replace(/\.[a-zA-Z0-9]{1,5}$/, '');
    const clean = stem
      .replaceAll(/[^a-zA-Z0-9 ()[\]-]+/g, ' ')
      .replaceAll(/ {2,}/g, ' ')
      .trim()
      .slice(0, 100)
      .trim();
    const wanted = clean === '' ? `${format} document` : clean;
    if (this.#take(wanted)) return wanted;
    const marked = `${wanted} ${createHash('sha256').update(data).digest('hex').slice(0, 8)}`;
    for (let copy = this.#copies.get(marked) ?? 1; ; copy++) {
      const next = copy === 1 ? marked : `${marked} (${copy})`;
      if (!this.#take(next)) continue;
      this.#copies.set(marked, copy + 1);
      return next;
    }
  }

  /** Whether Bedrock tells names apart by their case is not known. */
  #take(name: string): boolean {
    const plain = name.toLowerCase();
    if (this.#taken.has(plain)) return false;
    this.#taken.add(plain);
    return true;
  }
}
