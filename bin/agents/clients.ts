import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type installClients, versions } from './install.ts';

export type Programs = ReturnType<typeof installClients>;

/** Where and with what one client runs. */
interface Place {
  /** Of the gateway, without /v1. */
  readonly url: string;
  readonly apiKey: string;
  readonly model: string;
  /** The client's own folder for its settings. */
  readonly home: string;
  /** Where it works: an empty folder. */
  readonly work: string;
  /** Whether it is told of the gateway's own tools, at /mcp. */
  readonly mcp: boolean;
}

interface Command {
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /** What it reads from standard input. */
  readonly input?: string;
}

interface ToolCall {
  readonly name: string;
  readonly input: Readonly<Record<string, string>>;
}

/** One way in which a client speaks to the gateway. */
export interface Client {
  /** Also of the folder of its recordings. */
  readonly name: string;
  /** npm package and version. */
  readonly version: string;
  readonly endpoint: '/v1/responses' | '/v1/messages' | '/v1/chat/completions';
  readonly models: readonly string[];
  /** How many requests the work takes. */
  readonly requests: number;
  /** With how many requests it gives up when its key is refused, at most. */
  readonly wrongKeyRequests: number;
  /** Calls of the client's own tools, turn by turn: one writes `content` to `file`, then two at once look at it. */
  toolTurns(file: string, content: string): readonly (readonly ToolCall[])[];
  /** The name under which the client offers its model a tool of /mcp; absent: no run of it uses them. */
  readonly mcpToolName?: (name: string) => string;
  /** Writes its settings and says how it is started. */
  prepare(programs: Programs, place: Place, prompt: string): Command;
}

function versionOf(name: keyof typeof versions): string {
  return `${name}@${versions[name]}`;
}

const codex: Client = {
  name: 'codex',
  version: versionOf('@openai/codex'),
  endpoint: '/v1/responses',
  models: ['claude-sonnet-4-5', 'nova-2-lite', 'gpt-oss-120b'],
  requests: 3,
  wrongKeyRequests: 6,
  toolTurns: (file, content) => {
    const run = (cmd: string) => ({ name: 'exec_command', input: { cmd } });
    const name = path.basename(file);
    return [[run(`printf '%s' '${content}' > '${name}'`)], [run(`cat '${name}'`), run('ls')]];
  },
  mcpToolName: (name) => `mcp__pennyworth__${name}`,
  prepare: (programs, { url, apiKey, model, home, work, mcp }, prompt) => {
    const settings = `model = "${model}"
model_provider = "pennyworth"
model_reasoning_effort = "medium"
check_for_update_on_startup = false
[model_providers.pennyworth]
name = "Pennyworth"
base_url = "${url}/v1"
env_key = "PENNYWORTH_API_KEY"
wire_api = "responses"
[analytics]
enabled = false
`;
    const server = `[mcp_servers.pennyworth]
url = "${url}/mcp"
bearer_token_env_var = "PENNYWORTH_API_KEY"
`;
    writeFileSync(path.join(home, 'config.toml'), mcp ? settings + server : settings);
    // Its own sandbox needs rights that a container does not give; what runs is our script, in a folder of its own.
    const options = ['--skip-git-repo-check', '--sandbox', 'danger-full-access', '-C', work];
    return {
      command: [process.execPath, programs.codex, 'exec', ...options, prompt],
      env: { CODEX_HOME: home, PENNYWORTH_API_KEY: apiKey },
    };
  },
};

const claudeCode: Client = {
  name: 'claude-code',
  version: versionOf('@anthropic-ai/claude-code'),
  endpoint: '/v1/messages',
  models: ['claude-sonnet-4-5', 'claude-opus-4-7', 'nova-2-lite'],
  requests: 3,
  // It would go on and on, were it not told not to: x-should-retry.
  wrongKeyRequests: 1,
  toolTurns: (file, content) => [
    [{ name: 'Write', input: { file_path: file, content } }],
    [
      { name: 'Read', input: { file_path: file } },
      { name: 'Bash', input: { command: 'ls', description: 'Lists the folder' } },
    ],
  ],
  mcpToolName: (name) => `mcp__pennyworth__${name}`,
  prepare: (programs, { url, apiKey, model, home, mcp }, prompt) => {
    const server = { type: 'http', url: `${url}/mcp`, headers: { Authorization: `Bearer ${apiKey}` } };
    const file = path.join(home, 'mcp.json');
    if (mcp) writeFileSync(file, JSON.stringify({ mcpServers: { pennyworth: server } }));
    const tools = ['--mcp-config', file, '--strict-mcp-config', '--allowedTools', 'mcp__pennyworth'];
    return {
      command: [programs.claude, '-p', prompt, '--permission-mode', 'acceptEdits', ...(mcp ? tools : [])],
      env: {
        CLAUDE_CONFIG_DIR: home,
        ANTHROPIC_BASE_URL: url,
        ANTHROPIC_AUTH_TOKEN: apiKey,
        ANTHROPIC_MODEL: model,
        ANTHROPIC_DEFAULT_HAIKU_MODEL: model,
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      },
    };
  },
};

/** opencode picks its protocol by the package of the AI SDK that its settings name. */
function opencode(protocol: string, endpoint: Client['endpoint'], npm: string, options: object): Client {
  return {
    name: `opencode-${protocol}`,
    version: versionOf('opencode-ai'),
    endpoint,
    models: ['claude-sonnet-4-5'],
    // One of them asks for a title of the conversation.
    requests: 4,
    wrongKeyRequests: 2,
    toolTurns: (file, content) => [
      [{ name: 'write', input: { filePath: file, content } }],
      [
        { name: 'read', input: { filePath: file } },
        { name: 'bash', input: { command: 'ls', description: 'Lists the folder' } },
      ],
    ],
    prepare: (programs, { url, apiKey, model, home }, prompt) => {
      const limit = { context: 200_000, output: 8_192 };
      const settings = {
        $schema: 'https://opencode.ai/config.json',
        model: `pennyworth/${model}`,
        small_model: `pennyworth/${model}`,
        autoupdate: false,
        share: 'disabled',
        provider: {
          pennyworth: {
            npm,
            name: 'Pennyworth',
            options: { baseURL: `${url}/v1`, apiKey: '{env:PENNYWORTH_API_KEY}' },
            models: { [model]: { name: model, tool_call: true, reasoning: true, limit, options } },
          },
        },
      };
      const folder = path.join(home, '.config', 'opencode');
      mkdirSync(folder, { recursive: true });
      writeFileSync(path.join(folder, 'opencode.json'), JSON.stringify(settings, undefined, 2));
      return {
        // A prompt among the arguments would be wrapped in quotation marks.
        command: [programs.opencode, 'run'],
        input: prompt,
        env: {
          PENNYWORTH_API_KEY: apiKey,
          OPENCODE_DISABLE_AUTOUPDATE: 'true',
          OPENCODE_DISABLE_MODELS_FETCH: 'true',
          OPENCODE_DISABLE_LSP_DOWNLOAD: 'true',
        },
      };
    },
  };
}

export const clients: readonly Client[] = [
  codex,
  claudeCode,
  opencode('chat', '/v1/chat/completions', '@ai-sdk/openai-compatible', { reasoningEffort: 'medium' }),
  opencode('responses', '/v1/responses', '@ai-sdk/openai', {
    reasoningEffort: 'medium',
    include: ['reasoning.encrypted_content'],
  }),
  opencode('messages', '/v1/messages', '@ai-sdk/anthropic', { thinking: { type: 'enabled', budgetTokens: 4_000 } }),
];
