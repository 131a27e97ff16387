import type { CommandInput } from '../command.ts';
import type { Context } from '../context.ts';
import { FailedError, UsageError } from '../errors.ts';

/** What the local stack takes; it is a bundle of its own beside this one, so nothing of the server is imported here. */
interface DevOptions {
  readonly port: number;
  readonly dataDir: string;
  readonly json: boolean;
  readonly bedrock: 'aws' | 'simulator';
  readonly openaiCompatibleUrl: string | undefined;
  readonly mcpFixtures: boolean;
}

interface LocalStack {
  /** Resolves when it is ready; the process lives on. */
  runDev(options: DevOptions): Promise<void>;
}

function isLocalStack(loaded: unknown): loaded is LocalStack {
  return typeof loaded === 'object' && loaded !== null && 'runDev' in loaded && typeof loaded.runDev === 'function';
}

export async function run(input: CommandInput, context: Context): Promise<void> {
  const options = parseDevOptions(input, context.globals.format === 'json');
  const stack = await loadStack();
  try {
    await stack.runDev(options);
  } catch (error) {
    // The stack's messages are whole sentences for the person who started it, next step included.
    throw new FailedError(error instanceof Error ? error.message : String(error), { hint: undefined, cause: error });
  }
}

async function loadStack(): Promise<LocalStack> {
  const hint = 'build it: npm run build';
  try {
    const loaded: unknown = await import(new URL('../local/main.js', import.meta.url).href);
    if (isLocalStack(loaded)) return loaded;
  } catch (cause) {
    throw new FailedError('the local stack of this installation cannot be loaded', { hint, cause });
  }
  throw new FailedError('the local stack of this installation is of another version', { hint });
}

/** @throws UsageError naming the flag */
export function parseDevOptions({ options }: CommandInput, json: boolean): DevOptions {
  const bedrock = options.find('bedrock') ?? 'simulator';
  if (bedrock !== 'simulator' && bedrock !== 'aws') {
    throw new UsageError(`--bedrock "${bedrock}" is neither simulator nor aws`, { hint: 'pennyworth dev --help' });
  }
  const dataDir = options.find('data') ?? '.pennyworth';
  if (dataDir === '') throw new UsageError('--data names no folder', { hint: 'pennyworth dev --help' });
  return {
    port: parsePort(options.find('port') ?? '8787'),
    dataDir,
    json,
    bedrock,
    openaiCompatibleUrl: parseServerUrl(options.find('openaiCompatible')),
    mcpFixtures: options.isOn('mcpFixtures'),
  };
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new UsageError(`--port "${text}" is not a port`, { hint: 'give a number up to 65535; 0 takes a free one' });
}

function parseServerUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol)) return text.replace(/\/+$/, '');
  throw new UsageError(`--openai-compatible "${text}" is not an http or https URL`, {
    hint: 'for example: --openai-compatible http://127.0.0.1:11434/v1',
  });
}
