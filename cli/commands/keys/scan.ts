import { type FoundKey, findKeys } from '../../bulk/find-keys.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { FailedError } from '../../errors.ts';
import { type ListColumn, printList } from '../../output/print.ts';

const columns: readonly ListColumn<FoundKey>[] = [
  { title: 'PATH', show: ({ path, line }) => `${path}:${line}`, raw: ({ path, line }) => `${path}:${line}` },
  { title: 'KEY', show: ({ last4 }) => `pnw_…${last4}`, raw: ({ last4 }) => last4 },
];

/** Looks for keys in files, on this machine alone. What it prints cannot be used as a key. */
export async function run({ arguments: paths }: CommandInput, context: Context): Promise<void> {
  const { io } = context;
  const rows: FoundKey[] = [];
  let unread = 0;
  const onUnreadable = (path: string, why: string) => {
    unread++;
    io.warn(`${path} cannot be read: ${why}`);
  };
  for await (const found of findKeys(paths, io, onUnreadable)) rows.push(found);
  printList(context, {
    rows,
    columns,
    document: (data) => ({ data, next: null }),
    fields: ['path', 'line', 'last4'],
    empty: 'No key was found.',
  });
  if (rows.length > 0) {
    throw new FailedError(rows.length === 1 ? 'a key was found' : `${rows.length} keys were found`, {
      hint: 'revoke each at once, by its text: pennyworth keys revoke --leaked',
      code: 'keys_found',
    });
  }
  if (unread > 0) {
    throw new FailedError(`no key was found, but not all could be read`, {
      hint: 'see the warnings',
      code: 'unreadable',
    });
  }
}
