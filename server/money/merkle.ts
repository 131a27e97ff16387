import { createHash } from 'node:crypto';

/**
 * The root of a Merkle tree as RFC 9162 §2.1 builds it (SHA-256, leaves and nodes told apart by their first byte), taken
 * leaf by leaf, so that only one node a level is held.
 */
export class MerkleTree {
  /** Roots of whole subtrees, the largest first, with the number of their leaves. */
  readonly #subtrees: { readonly size: number; readonly hash: Buffer }[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(leaf: string): void {
    this.#size++;
    let size = 1;
    let hash: Buffer = createHash('sha256').update('\0').update(leaf).digest();
    for (let last = this.#subtrees.at(-1); last?.size === size; last = this.#subtrees.at(-1)) {
      this.#subtrees.pop();
      hash = nodeOf(last.hash, hash);
      size *= 2;
    }
    this.#subtrees.push({ size, hash });
  }

  /** base64url; of no leaves the hash of nothing. */
  root(): string {
    const [last, ...larger] = this.#subtrees.map(({ hash }) => hash).toReversed();
    if (!last) return createHash('sha256').digest('base64url');
    return larger.reduce((right, left) => nodeOf(left, right), last).toString('base64url');
  }
}

function nodeOf(left: Buffer, right: Buffer): Buffer {
  return createHash('sha256').update('\x01').update(left).update(right).digest();
}
