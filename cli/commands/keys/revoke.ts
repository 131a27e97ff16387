import { Key, RevokedLeakedKey } from '../../../shared/api/keys.ts';
import { apiKeyPattern } from '../../../shared/api-key.ts';
import type { ApiClient } from '../../api/client.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { UsageError } from '../../errors.ts';
import { printChanged } from '../../output/print.ts';
import { stripControl } from '../../output/strip-control.ts';
import { askSecret, confirm } from '../../prompt.ts';
import { getKey } from './find-key.ts';

const leakedHint = 'pennyworth keys revoke --leaked < file-with-the-key';

/** All are looked up before the question and before the first is revoked: a wrong name changes nothing. */
export async function run({ arguments: wanted, options }: CommandInput, context: Context): Promise<void> {
  if (wanted.some((text) => apiKeyPattern.test(text))) {
    throw new UsageError('that is the text of a key, which everybody can read on a command line', { hint: leakedHint });
  }
  const reason = options.find('reason');
  if (options.isOn('leaked')) {
    if (wanted.length > 0 || reason !== undefined) {
      throw new UsageError('--leaked takes keys from stdin, and its reason is known', { hint: leakedHint });
    }
    return revokeLeaked(context);
  }
  if (wanted.length === 0) throw new UsageError('no key is named', { hint: 'pennyworth keys list' });
  const api = await context.sessionApi();
  const keys = await findAll(api, wanted);
  const names = keys.map((key) => stripControl(`"${key.name}" (${key.id})`)).join(', ');
  await confirm(context, `Revoke ${names}? What uses ${keys.length === 1 ? 'it' : 'them'} stops working at once.`);
  const revoked: Key[] = [];
  for (const key of keys) {
    revoked.push(await api.delete(`/v1/keys/${key.id}`, Key, { reason }));
    context.io.success(stripControl(`Revoked "${key.name}" (${key.id})`));
  }
  printChanged(context, revoked, (key) => [key.id, key.name, key.status]);
}

async function findAll(api: ApiClient, wanted: readonly string[]): Promise<Key[]> {
  const found = new Map<string, Key>();
  for (const idOrName of wanted) {
    const key = await getKey(api, idOrName);
    found.set(key.id, key);
  }
  return [...found.values()];
}

/** Whoever has found a key may revoke it. Its text comes by stdin only, and is never repeated. */
async function revokeLeaked(context: Context): Promise<void> {
  const { io } = context;
  const text = io.stdinIsTty ? await askSecret(context, 'The leaked key:', leakedHint) : await io.readInput();
  const keys = [...new Set(text.split(/\s+/).filter((word) => word !== ''))];
  if (keys.length === 0) throw new UsageError('there is no key on stdin', { hint: leakedHint });
  const wrong = keys.findIndex((key) => apiKeyPattern.exec(key)?.[0] !== key);
  if (wrong >= 0) {
    throw new UsageError(`word ${wrong + 1} on stdin is not the text of a key`, {
      hint: 'a key is pnw_ and 73 letters and digits; find keys in files: pennyworth keys scan <path>',
    });
  }
  const api = await context.sessionApi();
  const revoked: RevokedLeakedKey[] = [];
  for (const key of keys) {
    const answer = await api.post('/v1/keys/revoke-leaked', RevokedLeakedKey, { key });
    revoked.push(answer);
    io.success(stripControl(`Revoked pnw_…${answer.last4} (${answer.id})`));
  }
  printChanged(context, revoked, (key) => [key.id, key.last4, key.status]);
}
