import type { GroupParts, GroupSpec } from '../../tree.ts';
import { trailOptions } from '../audit/surface.ts';
import { limitOptions } from './limits.ts';

const key = { term: '<id-or-name>', about: 'its id, or its name where that is unique' };
const expires = { flags: '--expires <when>', about: '90d, 12h, 2027-01-31 or never (default: 90d)' };
const models = { flags: '--models <ids>', about: 'only these models (a,b); * stands for any text' };
const mcpTools = { flags: '--mcp-tools <names>', about: 'only these tools of /mcp (a,b); * stands for any text' };
const scope = { flags: '--scope <scopes>', about: 'of inference,usage,mcp (default: inference,mcp)' };
const once = { flags: '--idempotency-key <text>', about: 'with the same text the same key, made once, shown once' };
const ofUser = { flags: '--user <user>', about: 'of somebody else: id, e-mail or name (for admins)' };

const bulk: GroupSpec = {
  name: 'bulk',
  about: 'Make or revoke many keys; without --apply it only says what it would do',
  examples: ['pennyworth keys bulk create keys.csv', 'pennyworth keys bulk revoke --unused-for 90d'],
  commands: [
    {
      name: 'create',
      about: 'Make the keys of a CSV file; checked whole before the first, and it can be gone on with',
      arguments: [{ term: '<csv>', about: 'columns name, user, expires, models, scopes, team; -: stdin' }],
      options: [
        { flags: '--apply', about: 'do it' },
        { flags: '-o, --output <file>', about: 'a new CSV for the keys, readable by you only' },
      ],
      examples: ['pennyworth keys bulk create keys.csv', 'pennyworth keys bulk create keys.csv --apply -o made.csv'],
      result: 'list',
      load: () => import('./bulk/create.ts'),
    },
    {
      name: 'revoke',
      about: 'Revoke the keys of a CSV file, or those that nobody uses',
      arguments: [{ term: '[csv]', about: 'with a column id, as keys list --csv writes it; -: stdin' }],
      options: [
        { flags: '--unused-for <span>', about: 'keys without a call for so long: 90d' },
        { flags: '--expired', about: 'keys that have expired' },
        ofUser,
        { flags: '--all', about: 'among everybody’s (for admins)' },
        { flags: '--reason <text>', about: 'for the trail' },
        { flags: '--apply', about: 'do it; you type how many' },
      ],
      examples: [
        'pennyworth keys bulk revoke --unused-for 90d --all',
        'pennyworth keys bulk revoke leavers.csv --all --reason "left in May" --apply',
      ],
      result: 'list',
      load: () => import('./bulk/revoke.ts'),
    },
  ],
};

export const parts: GroupParts = {
  commands: [
    {
      name: 'create',
      about: 'Make an API key; it is shown once, on stdout',
      arguments: [{ term: '<name>', about: 'what you will know it by' }],
      options: [
        expires,
        models,
        mcpTools,
        scope,
        { flags: '--team <team>', about: 'the team that pays' },
        ...limitOptions,
        ofUser,
        once,
      ],
      examples: [
        'pennyworth keys create laptop --expires 30d',
        'pennyworth keys create ci --quiet | gh secret set OPENAI_API_KEY',
      ],
      result: 'data',
      load: () => import('./create.ts'),
    },
    {
      name: 'list',
      about: 'List keys',
      options: [
        { flags: '--status <status>', about: 'active, revoked or expired' },
        ofUser,
        { flags: '--all', about: 'everybody’s (for admins and auditors)' },
        { flags: '--sort <order>', about: 'last-used, created, expires or name' },
        { flags: '--limit <n>', about: 'at most so many' },
      ],
      examples: ['pennyworth keys list', 'pennyworth keys list --status active --json --fields id,name'],
      result: 'list',
      load: () => import('./list.ts'),
    },
    {
      name: 'show',
      about: 'Show one key',
      arguments: [key],
      examples: ['pennyworth keys show laptop', 'pennyworth keys show key_5hT2mWq81RzC --json'],
      result: 'data',
      load: () => import('./show.ts'),
    },
    {
      name: 'update',
      about: 'Rename a key, or change its scopes, models, tools, end or team',
      arguments: [key],
      options: [
        { flags: '--name <name>', about: 'what it is called from now on' },
        models,
        mcpTools,
        scope,
        { flags: '--expires <when>', about: '90d, 12h (from now), 2027-01-31 or never' },
        { flags: '--team <team>', about: 'the team that pays; none: no team' },
        ...limitOptions,
      ],
      examples: [
        'pennyworth keys update laptop --name old-laptop',
        'pennyworth keys update key_5hT2mWq81RzC --models "claude-*" --expires 30d --json',
      ],
      result: 'data',
      load: () => import('./update.ts'),
    },
    {
      name: 'rotate',
      about: 'Make a key in place of an old one, which works on for a while',
      arguments: [key],
      options: [{ flags: '--overlap <span>', about: 'how long the old one works on: 0s to 30d (default: 24h)' }, once],
      examples: [
        'pennyworth keys rotate laptop',
        'pennyworth keys rotate ci --overlap 7d --quiet | gh secret set OPENAI_API_KEY',
      ],
      result: 'data',
      load: () => import('./rotate.ts'),
    },
    {
      name: 'revoke',
      about: 'Revoke keys; they stop working at once',
      arguments: [{ term: '[id-or-name...]', about: 'ids, or names where they are unique' }],
      options: [
        { flags: '--reason <text>', about: 'for the trail' },
        { flags: '--leaked', about: 'whosever they are, by their texts on stdin' },
      ],
      examples: [
        'pennyworth keys revoke laptop --reason "laptop was lost"',
        'pennyworth keys revoke --leaked < found-key.txt',
      ],
      result: 'data',
      load: () => import('./revoke.ts'),
    },
    {
      name: 'scan',
      about: 'Find keys in files, on this machine alone; it ends with 1 where there are some',
      arguments: [{ term: '<path...>', about: 'files and folders; -: stdin' }],
      examples: ['pennyworth keys scan .', 'git log -p --all | pennyworth keys scan -'],
      result: 'list',
      load: () => import('./scan.ts'),
    },
    {
      name: 'export',
      about: 'Write everybody’s keys for another pool, never their texts (for admins)',
      options: [
        { flags: '--include-hashes', about: 'with what makes them work there; the trail tells of it' },
        { flags: '-o, --output <file>', about: 'a new file, readable by you only' },
      ],
      examples: ['pennyworth keys export --include-hashes -o keys.json', 'pennyworth keys export --csv > keys.csv'],
      result: 'list',
      load: () => import('./export.ts'),
    },
    {
      name: 'import',
      about: 'Take over keys of a pool that had the same root secret (for admins)',
      arguments: [{ term: '<file>', about: 'what keys export has written; -: stdin' }],
      options: [
        { flags: '--dry-run', about: 'only say what would become of each' },
        {
          flags: '--on-conflict <rule>',
          about: 'fail: do nothing where one cannot be taken (default); skip: leave it out',
        },
      ],
      examples: ['pennyworth keys import keys.json --dry-run', 'pennyworth keys import keys.json --on-conflict skip'],
      result: 'list',
      load: () => import('./import.ts'),
    },
    {
      name: 'audit',
      about: 'Show what was done with keys, and who was refused',
      options: [
        { flags: '--key <id-or-name>', about: 'only this key' },
        { flags: '--action <action>', about: 'only create, update, rotate, revoke, refuse …' },
        ...trailOptions,
      ],
      examples: ['pennyworth keys audit --key laptop', 'pennyworth keys audit --since 30d --action refuse --csv'],
      result: 'list',
      load: () => import('./audit.ts'),
    },
  ],
  groups: [bulk],
};
