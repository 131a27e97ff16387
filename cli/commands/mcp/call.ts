import { text } from 'node:stream/consumers';
import type { CallToolResult } from '@modelcontextprotocol/client';
import { ToolErrorMeta } from '../../../shared/api/mcp.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { FailedError, UsageError } from '../../errors.ts';
import { formatJson } from '../../output/json.ts';
import { stripControlFromText } from '../../output/strip-control.ts';
import { withClient } from './connect.ts';

/** A tool may wait for a model as long as a call of the gateway lasts. */
const longestMs = 900_000;

export async function run({ arguments: [name = '', given] }: CommandInput, context: Context): Promise<void> {
  const input = await readInput(given, context);
  const result = await withClient(context, (client) => {
    const timing = { timeout: context.globals.timeoutMs ?? longestMs };
    return client.callTool({ name, arguments: input }, { ...timing, onprogress: () => undefined });
  });
  if (result.isError) throw toFailure(result);
  const { io, globals } = context;
  if (globals.format === 'json') {
    io.print(formatJson(result, io.isOutTty));
    return;
  }
  for (const part of result.content) {
    if (part.type === 'text') io.print(`${stripControlFromText(part.text).trimEnd()}\n`);
    else io.note(`There is also a part of type ${part.type}; --json prints it.`);
  }
}

/** @throws UsageError unless it is one JSON object */
async function readInput(given: string | undefined, { io }: Context): Promise<Record<string, unknown>> {
  if (given === undefined) return {};
  try {
    const parsed: unknown = JSON.parse(given === '-' ? await text(io.stdin) : given);
    if (isObject(parsed)) return parsed;
  } catch {
    // Told below.
  }
  throw new UsageError(`the arguments ${given === '-' ? 'on stdin ' : ''}are not one JSON object`, {
    hint: 'for example: pennyworth mcp call quote \'{"model":"nova-lite","prompt":"Hi"}\'',
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function toFailure({ content, _meta: meta }: CallToolResult): FailedError {
  const told = ToolErrorMeta.safeParse(meta);
  const words = content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
  return new FailedError(words || 'the tool failed without saying why', {
    hint: 'what it takes: pennyworth mcp tools --json',
    code: told.success ? told.data['pennyworth/error'].code : 'tool_failed',
  });
}
