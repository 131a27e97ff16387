import type { Identity } from '../auth/identity.ts';

type RequestId = string | number;

/**
 * The requests that this process is answering, by who sent them: a stateless server gets a cancellation as a call of its
 * own, and knows what it means only by the request's id. Ids are counted by each client for itself, so where one credential
 * has two open requests of one id, none of them is cancelled: better to finish one too many than to stop another's.
 */
export class OpenRequests {
  readonly #open = new Map<string, Set<() => void>>();

  /** @returns what to call when the request was answered */
  begin(identity: Identity, id: RequestId, cancel: () => void): () => void {
    const name = nameOf(identity, id);
    const same = this.#open.get(name) ?? new Set();
    same.add(cancel);
    this.#open.set(name, same);
    return () => {
      same.delete(cancel);
      if (same.size === 0) this.#open.delete(name);
    };
  }

  cancel(identity: Identity, id: RequestId): void {
    const same = this.#open.get(nameOf(identity, id));
    if (same?.size !== 1) return;
    for (const cancel of same) cancel();
  }
}

function nameOf(identity: Identity, id: RequestId): string {
  const credential = identity.kind === 'key' ? identity.keyId : `token of ${identity.person.username}`;
  return `${credential} ${typeof id} ${id}`;
}
