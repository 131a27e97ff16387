import { GatewayError } from '../errors.ts';
import { IdempotencyRecord, type IdempotentRequest, inProgress, type RecordOptions } from '../idempotency/record.ts';

/** What makes two requests the same one. */
export interface OnceRequest extends Omit<IdempotentRequest, 'idempotencyKey'> {
  /** The header; undefined: every request is one of its own. */
  readonly idempotencyKey: string | undefined;
}

/** How a request under an Idempotency-Key ended. */
export type Once<T> = { readonly replayed: false; readonly made: T } | { readonly replayed: true; readonly id: string };

/** Three seconds of waiting for the lease, ten of holding it, and some; kept for 30 days. */
const rules = { runsMs: 15_000, remembersSeconds: 30 * 86_400, keepsId: true } as const;

/**
 * Does `work` once for each Idempotency-Key, although its result (a plaintext) is stored nowhere. What is remembered is
 * the id that the new thing gets, chosen before anything is written: whoever tries again after a crash makes *that* thing
 * once more, in its place, and a repetition of what succeeded is told the id alone. Two that run at once cannot both say
 * that they made it: the record is closed before the answer, by its holder only.
 * @throws GatewayError 400 for a key that is none, 409 `idempotency_in_progress`, 422 `idempotency_key_reused`
 */
export async function doOnce<T>(
  options: RecordOptions,
  request: OnceRequest,
  newId: () => string,
  work: (id: string) => Promise<T>,
): Promise<Once<T>> {
  const { idempotencyKey } = request;
  if (idempotencyKey === undefined) return { replayed: false, made: await work(newId()) };
  const record = new IdempotencyRecord(options, { ...request, idempotencyKey }, rules);
  const id = newId();
  const begun = await record.begin(id);
  if (begun.state === 'running') throw inProgress(begun.until - options.clock.now());
  if (begun.state !== 'mine') return { replayed: true, id: begun.id };
  let made: T;
  try {
    made = await work(begun.id);
  } catch (error) {
    // A first try that was refused for good has written nothing: the corrected request may come under the same key. After
    // anything else that is not known, so the id stays the one to use; only the waiting ends.
    const isFirst = begun.id === id;
    await (isFirst && isFinal(error) ? record.drop() : record.giveUp()).catch(() => undefined);
    throw error;
  }
  await record.finish();
  return { replayed: false, made };
}

/** Whether the request itself is at fault; what may come to another end if sent again may have been begun. */
function isFinal(error: unknown): boolean {
  return error instanceof GatewayError && error.status < 500 && error.retryAfterSeconds === undefined;
}
