import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { afterAll, describe, test } from 'vitest';
import packageFile from '../package.json' with { type: 'json' };
import type { CommandSpec } from './command.ts';
import { commands, createTree, loadGroups } from './program.ts';
import { Terminal } from './testing/terminal.ts';
import type { GroupSpec } from './tree.ts';

const terminal = new Terminal();
afterAll(() => terminal.remove());

const documentation = readFileSync(path.join(import.meta.dirname, '..', 'doc', 'cli.md'), 'utf8');
const groups = await loadGroups();
const leaves = [
  ...commands.map((spec) => ({ path: spec.name, spec })),
  ...groups.flatMap((group) => leavesOf(group, group.name)),
];

function leavesOf(group: GroupSpec, path: string): { path: string; spec: CommandSpec }[] {
  return [
    ...(group.own ? [{ path, spec: group.own }] : []),
    ...group.commands.map((spec) => ({ path: `${path} ${spec.name}`, spec })),
    ...(group.groups ?? []).flatMap((inner) => leavesOf(inner, `${path} ${inner.name}`)),
  ];
}

/** Every option anywhere in commander's own tree. */
function optionsOf(command: Command): string[] {
  return [...command.options.map((option) => option.long ?? option.flags), ...command.commands.flatMap(optionsOf)];
}

describe('the command tree', () => {
  test('has the commands it should have', ({ expect }) => {
    expect(leaves.map((leaf) => leaf.path).toSorted()).toEqual([
      'audit',
      'chat',
      'deploy doctor',
      'dev',
      'groups add',
      'groups create',
      'groups delete',
      'groups list',
      'groups policy',
      'groups remove',
      'groups show',
      'keys audit',
      'keys bulk create',
      'keys bulk revoke',
      'keys create',
      'keys export',
      'keys import',
      'keys list',
      'keys revoke',
      'keys rotate',
      'keys scan',
      'keys show',
      'keys update',
      'login',
      'logout',
      'mcp call',
      'mcp serve',
      'mcp tools',
      'mfa disable',
      'mfa enroll',
      'mfa status',
      'models explain',
      'models list',
      'usage',
      'usage calls',
      'usage export',
      'usage recompute',
      'usage reconcile',
      'usage replay',
      'usage verify',
      'users create',
      'users delete',
      'users disable',
      'users enable',
      'users groups add',
      'users groups list',
      'users groups remove',
      'users invite',
      'users list',
      'users policy set',
      'users policy show',
      'users reset-mfa',
      'users show',
      'whoami',
    ]);
  });

  test.for(leaves)('$path says what it does, with examples of its own', async ({ path, spec }, { expect }) => {
    expect(spec.about).toMatch(/^[A-Z].*[^.]$/);
    expect(spec.examples.length).toBeGreaterThanOrEqual(2);
    for (const example of spec.examples) expect(example).toContain(`pennyworth ${path}`);
    const help = await terminal.run([...path.split(' '), '--help']);
    expect(help).toMatchObject({ code: 0, err: '' });
    for (const example of spec.examples) expect(help.out).toContain(example);
    expect(Math.max(...help.out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
  });

  test.for(leaves)('doc/cli.md tells every option of $path', ({ path, spec }, { expect }) => {
    const section = documentation.split('\n### ').find((text) => text.startsWith(`pennyworth ${path}\n`));
    const flags = (spec.options ?? []).map((option) => /--(?:no-)?[a-z-]+/.exec(option.flags)?.[0] ?? option.flags);
    expect(flags.filter((flag) => !section?.includes(flag))).toEqual([]);
    expect(section).toBeDefined();
  });

  test.for(leaves)('the options in the examples of $path exist', ({ spec }, { expect }) => {
    const known = new Set([
      ...optionsOf(createRoot()).map((flag) => flag),
      ...(spec.options ?? []).flatMap((option) => option.flags.match(/(?<![\w-])--?[a-z-]+/g) ?? []),
      '-m',
    ]);
    for (const example of spec.examples) {
      const ours = example.slice(example.indexOf('pennyworth')).split('|')[0] ?? '';
      const used = ours.replaceAll(/"[^"]*"/g, '').match(/(?<=\s)--?[a-z][a-z-]*/g) ?? [];
      expect(used.filter((flag) => !known.has(flag))).toEqual([]);
    }
  });

  test('takes no secret on a command line, where everybody can read it', ({ expect }) => {
    const options = optionsOf(createRoot());
    expect(options).toContain('--password-stdin');
    expect(options.filter((option) => /password$|secret|api-key$|token$/.test(option))).toEqual([]);
  });

  test('offers the formats of the contract to every command', ({ expect }) => {
    expect(createRoot().options.map((option) => option.long)).toEqual(
      expect.arrayContaining(['--json', '--fields', '--csv', '--no-color', '--no-input', '--profile', '--timeout']),
    );
  });
});

function createRoot(): Command {
  const host = {
    env: {},
    stdin: process.stdin,
    stdinIsTty: false,
    stdout: process.stdout,
    stderr: process.stderr,
    now: Date.now,
    onInterrupt: () => () => {},
  };
  return createTree(host, groups).root;
}

describe('a command line', () => {
  test('with --version prints it alone', async ({ expect }) => {
    const shown = { code: 0, out: `${packageFile.version}\n`, err: '' };
    expect(await terminal.run(['--version'])).toEqual(shown);
    expect(await terminal.run(['-V'])).toEqual(shown);
  });

  test.for([[[]], [['keys']], [['--help']], [['help']], [['help', 'keys']], [['help', 'keys', 'create']]] as const)(
    '%j shows help on stdout',
    async ([argv], { expect }) => {
      const { code, out, err } = await terminal.run(argv);
      expect([code, err]).toEqual([0, '']);
      expect(out).toContain('Usage: pennyworth');
    },
  );

  test.for([
    [['keyz'], "unknown command 'keyz' (Did you mean keys?)", 'pennyworth --help'],
    [['keys', 'creat'], "unknown command 'creat' (Did you mean create?)", 'pennyworth keys --help'],
    [['keys', 'create'], "missing required argument 'name'", 'pennyworth keys create --help'],
    [
      ['keys', 'list', '--statu', 'x'],
      "unknown option '--statu' (Did you mean --status?)",
      'pennyworth keys list --help',
    ],
    [
      ['keys', 'list', 'extra'],
      "too many arguments for 'list'. Expected 0 arguments but got 1: extra.",
      'pennyworth keys list --help',
    ],
    [['chat', '-m'], "option '-m, --model <id>' argument missing", 'pennyworth chat --help'],
    [['whoami', '--csv'], '--csv is for lists only', 'use --json here'],
    [['keys', 'list', '--csv', '--fields', ''], '--fields names no field', 'for example: --fields id,name'],
    [['keys', 'list', '--fields', 'id'], '--fields chooses fields of --json or --csv', 'add --json'],
    [['whoami', '--timeout', '0'], '--timeout "0" is not a number of seconds up to 3600', 'for example: --timeout 30'],
    [
      ['whoami', '--timeout', '1e9'],
      '--timeout "1e9" is not a number of seconds up to 3600',
      'for example: --timeout 30',
    ],
    [
      ['whoami', '--profile', '../x'],
      '"../x" cannot be the name of a profile',
      'use letters, digits, dots, dashes and underscores, at most 64',
    ],
  ] as const)('%j is refused with 2', async ([argv, message, hint], { expect }) => {
    expect(await terminal.run(argv)).toEqual({ code: 2, out: '', err: `Error: ${message}\n  → ${hint}\n` });
  });

  test('with --json gets its error as JSON, on stderr', async ({ expect }) => {
    const { code, out, err } = await terminal.run(['keys', 'creat', '--json']);
    expect([code, out]).toEqual([2, '']);
    expect(JSON.parse(err)).toEqual({
      error: {
        code: 'usage',
        message: "unknown command 'creat' (Did you mean create?)",
        hint: 'pennyworth keys --help',
      },
    });
  });

  test('takes one format only', async ({ expect }) => {
    const { code, err } = await terminal.run(['keys', 'list', '--csv', '--json']);
    expect([code, JSON.parse(err).error.message]).toEqual([2, '--json and --csv exclude each other']);
  });

  test('shows where an error came from only with --debug', async ({ expect }) => {
    expect((await terminal.run(['whoami'])).err).toBe(
      'Error: no gateway is known yet\n  → pennyworth login https://<gateway>\n',
    );
    expect((await terminal.run(['whoami', '--debug'])).err).toMatch(/ConfigError: no gateway is known yet\n +at /);
  });
});
