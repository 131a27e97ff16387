import type { CommandSpec } from './command.ts';
import type { GroupSpec } from './tree.ts';

const month = { flags: '--month [YYYY-MM]', about: 'a month in UTC (default: the current one)' };
const from = { flags: '--from <day>', about: 'first day, YYYY-MM-DD' };
const to = { flags: '--to <day>', about: 'last day, inclusive (default: today)' };
const period = [month, from, to] as const;
const whose = [
  { flags: '--key <id-or-name>', about: 'only calls with this key' },
  { flags: '--model <id>', about: 'only calls of this model' },
  { flags: '--tag <tag>', about: 'only calls with this tag' },
  { flags: '--user <id-or-email>', about: 'the calls of this person (admin, auditor)' },
  { flags: '--all', about: 'the calls of everybody (admin, auditor)' },
] as const;

const usage: CommandSpec = {
  name: 'usage',
  about: 'Show requests, tokens and cost, of the current month unless you say otherwise',
  options: [
    ...period,
    { flags: '--by <group>', about: 'model, day, month, key, user, team, endpoint, provider or tag (default: model)' },
    ...whose,
  ],
  examples: ['pennyworth usage', 'pennyworth usage --month 2026-11 --by day --csv > november.csv'],
  result: 'list',
  load: () => import('./commands/usage/report.ts'),
};

/** `usage` by itself, and what is done with single calls and with the ledger. */
export const usageGroup: GroupSpec = {
  name: usage.name,
  about: usage.about,
  examples: usage.examples,
  own: usage,
  commands: [
    {
      name: 'calls',
      about: 'List single calls, the newest first',
      options: [...period, ...whose, { flags: '--limit <n>', about: 'at most so many (default: 50)' }],
      examples: ['pennyworth usage calls', 'pennyworth usage calls --from 2026-11-01 --limit 1000 --json'],
      result: 'list',
      load: () => import('./commands/usage/calls.ts'),
    },
    {
      name: 'export',
      about: 'Write every call of a time, one JSON object a line, or as CSV with --csv',
      options: [...period, ...whose],
      examples: [
        'pennyworth usage export --month 2026-11 --csv > november.csv',
        'pennyworth usage export --month 2026-11 --all > november.ndjson',
      ],
      result: 'list',
      load: () => import('./commands/usage/export.ts'),
    },
    {
      name: 'verify',
      about: 'Check that the ledger is as it was written; the first row that is not is named (admin, auditor)',
      options: [...period],
      examples: ['pennyworth usage verify', 'pennyworth usage verify --from 2026-01-01 --json'],
      result: 'data',
      load: () => import('./commands/usage/verify.ts'),
    },
    {
      name: 'recompute',
      about: 'Price a time again at the prices in force, and show the difference (admin)',
      options: [
        { flags: '--from <day>', about: 'first day, YYYY-MM-DD' },
        { flags: '--to <day>', about: 'last day, inclusive; it must be closed' },
        { flags: '--apply', about: 'book the difference as corrections' },
      ],
      examples: [
        'pennyworth usage recompute --from 2026-11-01 --to 2026-11-20',
        'pennyworth usage recompute --from 2026-11-01 --to 2026-11-20 --apply --yes',
      ],
      result: 'list',
      load: () => import('./commands/usage/recompute.ts'),
    },
    {
      name: 'replay',
      about: 'Import calls whose row could only be logged: ledger_pending lines, each once (admin)',
      arguments: [{ term: '<file>', about: 'lines of the log; - for stdin' }],
      examples: ['pennyworth usage replay pending.ndjson', 'pennyworth usage replay - < pending.ndjson'],
      result: 'list',
      load: () => import('./commands/usage/replay.ts'),
    },
    {
      name: 'reconcile',
      about: 'Compare the tokens of the ledger with those Bedrock told CloudWatch (admin, auditor)',
      options: [...period],
      examples: ['pennyworth usage reconcile', 'pennyworth usage reconcile --month 2026-10 --csv'],
      result: 'list',
      load: () => import('./commands/usage/reconcile.ts'),
    },
  ],
};
