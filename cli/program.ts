import packageFile from '../package.json' with { type: 'json' };
import type { CommandSpec } from './command.ts';
import { auditCommands } from './commands/audit/surface.ts';
import { exitCodes, toCliError } from './errors.ts';
import { type Host, Io } from './io.ts';
import { printError, printTrace } from './output/error.ts';
import { CommandTree, type GroupParts, type GroupSpec, ShownError } from './tree.ts';
import { usageGroup } from './usage-commands.ts';

const about = 'The command line of a Pennyworth gateway: sign in, make keys, chat, see what it cost';

/** The whole command surface; each file is loaded when its command runs. */
export const commands: readonly CommandSpec[] = [
  {
    name: 'login',
    about: 'Sign in to a gateway',
    arguments: [{ term: '[url]', about: 'address of the gateway; default: that of the profile' }],
    options: [
      { flags: '--username <name>', about: 'e-mail or username' },
      { flags: '--password-stdin', about: 'read the password from the first line of stdin' },
      { flags: '--new-password-stdin', about: 'read a new password from the next line of stdin, if one is asked for' },
      { flags: '--mfa-code <->', about: 'with -: read the code of the authenticator app from the next line of stdin' },
    ],
    examples: [
      'pennyworth login https://abc123.example.com',
      'pennyworth login http://127.0.0.1:8787 --username user@example.com --password-stdin < password.txt',
      'pennyworth login --username ada@example.com --password-stdin --mfa-code - < password-and-code.txt',
    ],
    result: 'none',
    load: () => import('./commands/login.ts'),
  },
  {
    name: 'logout',
    about: 'End the session and forget its tokens',
    options: [
      { flags: '--all', about: 'end all of your sessions, on every machine' },
      { flags: '--all-profiles', about: 'sign out of every profile on this machine' },
    ],
    examples: ['pennyworth logout', 'pennyworth logout --all'],
    result: 'none',
    load: () => import('./commands/logout.ts'),
  },
  {
    name: 'whoami',
    about: 'Show who is signed in, and where',
    examples: ['pennyworth whoami', 'pennyworth whoami --json --fields email,groups'],
    result: 'data',
    load: () => import('./commands/whoami.ts'),
  },
  {
    name: 'chat',
    about: 'Ask a model once, or talk with it',
    arguments: [{ term: '[prompt...]', about: 'the question; text piped in is added to it; none: a conversation' }],
    options: [
      { flags: '-m, --model <id>', about: 'the model (pennyworth models list)' },
      { flags: '-s, --system <text>', about: 'instructions for the model' },
      { flags: '--max-tokens <n>', about: 'the longest answer' },
      { flags: '--no-stream', about: 'wait for the whole answer' },
      { flags: '-u, --usage', about: 'tokens and cost afterwards, on stderr' },
    ],
    examples: [
      'pennyworth chat -m claude-sonnet-4-5 "Why is the sky blue?"',
      'git diff | pennyworth chat "Write a commit message" --usage',
    ],
    result: 'data',
    load: () => import('./commands/chat.ts'),
  },
  {
    name: 'dev',
    about: 'Run a whole gateway on this machine, without an AWS account',
    options: [
      { flags: '--port <number>', about: 'its port; 0: a free one (default: 8787)' },
      { flags: '--data <folder>', about: 'where it keeps its state (default: .pennyworth)' },
      { flags: '--bedrock <which>', about: 'simulator or aws (default: simulator)' },
      { flags: '--openai-compatible <url>', about: 'serve the models of Ollama and the like too' },
      { flags: '--mcp-fixtures', about: 'mount what the conformance suite of MCP asks for' },
    ],
    examples: ['pennyworth dev', 'pennyworth dev --json --port 0 --data /tmp/gateway'],
    result: 'data',
    load: () => import('./commands/dev.ts'),
  },
];

interface LargeGroup extends Omit<GroupSpec, keyof GroupParts> {
  /** Loaded only when its name stands on the command line, so that everything else starts fast. */
  readonly load: () => Promise<{ readonly parts: GroupParts }>;
}

const largeGroups: readonly LargeGroup[] = [
  {
    name: 'keys',
    about: 'Make, change, find and revoke API keys',
    examples: ['pennyworth keys create laptop', 'pennyworth keys list'],
    load: () => import('./commands/keys/surface.ts'),
  },
  {
    name: 'users',
    about: 'Manage people and service accounts (for admins; auditors may look)',
    examples: ['pennyworth users create ada@example.com --groups research', 'pennyworth users list'],
    load: () => import('./commands/users/surface.ts'),
  },
  {
    name: 'groups',
    about: 'Manage teams: who is in them, and what they may call',
    examples: ['pennyworth groups list', 'pennyworth groups create research --models "claude-*"'],
    load: () => import('./commands/groups/surface.ts'),
  },
  {
    name: 'mcp',
    about: 'Use the tools that the gateway offers by the Model Context Protocol',
    examples: ['pennyworth mcp tools', 'pennyworth mcp call quote \'{"model":"nova-lite","prompt":"Hi"}\''],
    load: () => import('./commands/mcp/surface.ts'),
  },
];

const smallGroups: readonly GroupSpec[] = [
  auditCommands,
  {
    name: 'mfa',
    about: 'Set up a second factor for your own sign-ins',
    examples: ['pennyworth mfa enroll', 'pennyworth mfa status'],
    commands: [
      {
        name: 'enroll',
        about: 'Set up an authenticator app, by a QR code in the terminal',
        options: [{ flags: '--mfa-code <->', about: 'with -: read the first code of the app from a line of stdin' }],
        examples: ['pennyworth mfa enroll', 'pennyworth mfa enroll --mfa-code - --json < answers.fifo'],
        result: 'data',
        load: () => import('./commands/mfa/enroll.ts'),
      },
      {
        name: 'status',
        about: 'Show whether a second factor is set up',
        examples: ['pennyworth mfa status', 'pennyworth mfa status --json --fields mfa'],
        result: 'data',
        load: () => import('./commands/mfa/status.ts'),
      },
      {
        name: 'disable',
        about: 'Switch your second factor off',
        examples: ['pennyworth mfa disable', 'pennyworth mfa disable --yes'],
        result: 'none',
        load: () => import('./commands/mfa/disable.ts'),
      },
    ],
  },
  usageGroup,
  {
    name: 'models',
    about: 'See which models you may call, and what they cost',
    examples: ['pennyworth models list', 'pennyworth models list --search claude'],
    commands: [
      {
        name: 'list',
        about: 'List the models you may call',
        options: [
          { flags: '--search <text>', about: 'only ids and makers with this text' },
          { flags: '--supports <names>', about: 'only models with these capabilities (tools,vision)' },
        ],
        examples: ['pennyworth models list --search sonnet', 'pennyworth models list --supports tools,vision --csv'],
        result: 'list',
        load: () => import('./commands/models/list.ts'),
      },
      {
        name: 'explain',
        about: 'Show what becomes of each field of a chat completion with a model',
        arguments: [{ term: '<model>', about: 'short name, Bedrock id, profile id or ARN' }],
        examples: ['pennyworth models explain claude-sonnet-4-5', 'pennyworth models explain gpt-oss-120b --json'],
        result: 'list',
        load: () => import('./commands/models/explain.ts'),
      },
    ],
  },
  {
    name: 'deploy',
    about: 'Look after a gateway of your own on AWS',
    examples: ['pennyworth deploy doctor https://abc123.example.com', 'pennyworth deploy doctor --json'],
    commands: [
      {
        name: 'doctor',
        about: 'Check a deployed gateway end to end, and say what to do about each fault',
        arguments: [{ term: '[url]', about: 'address of the gateway; default: that of the profile' }],
        options: [
          { flags: '-m, --model <id>', about: 'the model that is called (default: the cheapest listed)' },
          { flags: '--no-spend', about: 'skip the calls that cost money' },
          {
            flags: '--origin <origin>',
            about: 'a web page’s origin that must be let in, e.g. https://chat.example.com',
          },
        ],
        examples: [
          'pennyworth deploy doctor https://abc123.execute-api.us-west-2.amazonaws.com/prod',
          'pennyworth deploy doctor --no-spend --json',
        ],
        result: 'data',
        load: () => import('./commands/deploy/doctor.ts'),
      },
    ],
  },
];

/** All groups; of the large ones only those have their commands whose names are among `words`. */
export async function loadGroups(words?: readonly string[]): Promise<GroupSpec[]> {
  const large = largeGroups.map(async ({ load, ...group }): Promise<GroupSpec> => {
    const isWanted = words === undefined || words.includes(group.name);
    return { ...group, ...(isWanted ? (await load()).parts : { commands: [] }) };
  });
  return [...(await Promise.all(large)), ...smallGroups];
}

/** Runs one command line (without the program's own name) and returns its exit code. */
export async function run(argv: readonly string[], host: Host): Promise<number> {
  const given = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  // What the command line asks for must hold for the error about that same command line.
  const asked = { color: !given.includes('--no-color'), input: true, quiet: false };
  try {
    await createTree(host, await loadGroups(argv)).root.parseAsync([...argv], { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof ShownError) return exitCodes.ok;
    const io = new Io(host, asked);
    const failure = toCliError(error);
    printError(io, failure, given.includes('--json'));
    if (given.includes('--debug')) printTrace(io, error);
    return failure.exit;
  }
}

/** The tree as commander knows it. */
export function createTree(host: Host, groups: readonly GroupSpec[]): CommandTree {
  const tree = new CommandTree(
    host,
    async (spec, args, own, shared) => {
      const [{ Context }, { parseGlobals }] = await Promise.all([import('./context.ts'), import('./globals.ts')]);
      const context = new Context(host, parseGlobals(spec, shared));
      const command = await spec.load();
      await command.run({ arguments: args, options: own }, context);
    },
    packageFile.version,
    about,
    ['pennyworth login https://abc123.example.com', 'pennyworth chat "Why is the sky blue?"'],
  );
  for (const spec of commands) tree.add(spec);
  for (const group of groups) tree.addGroup(group);
  return tree;
}
