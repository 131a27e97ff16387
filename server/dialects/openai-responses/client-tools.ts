import { LocalShellAction, PatchOperation, ShellAction } from '../../../shared/openai/responses-answer.ts';
import type { ToolEntry } from '../decode-tools.ts';
import { isObject, type JsonObject } from '../json-object.ts';
import { type Reading, requireObject } from '../reading.ts';

// Tools whose shape is OpenAI's but that the caller carries out. A model here is told of each as a function, and its calls
// are told back in OpenAI's shape.

/** What a call asks for, as its item has it. */
export type ClientCall =
  | { readonly type: 'local_shell_call'; readonly action: LocalShellAction }
  | { readonly type: 'shell_call'; readonly action: ShellAction; readonly environment: { readonly type: 'local' } }
  | { readonly type: 'apply_patch_call'; readonly operation: PatchOperation };

interface ClientTool {
  readonly description: string;
  /** JSON Schema of what the call's item has to say. */
  readonly parameters: JsonObject;
  /** undefined: the arguments say something else. */
  read(args: unknown): ClientCall | undefined;
}

const text = { type: 'string' };
const number = { type: 'integer' };

/** By the tool's `type`, which is the name the model calls it by. */
const clientTools: Readonly<Record<string, ClientTool>> = {
  local_shell: {
    description: 'Runs one command on the user’s machine and returns what it wrote.',
    parameters: {
      type: 'object',
      properties: {
        command: { type: 'array', items: text, description: 'The program and its arguments, one entry each.' },
        working_directory: text,
        timeout_ms: number,
        env: { type: 'object', additionalProperties: text, description: 'Environment variables to set.' },
        user: { type: 'string', description: 'The user to run the command as.' },
      },
      required: ['command'],
    },
    read(args) {
      const { data } = LocalShellAction.safeParse(args);
      return data && { type: 'local_shell_call', action: data };
    },
  },
  shell: {
    description: 'Runs commands in a shell on the user’s machine, all at the same time, and returns what each wrote.',
    parameters: {
      type: 'object',
      properties: {
        commands: { type: 'array', items: text, description: 'Command lines.' },
        timeout_ms: { ...number, description: 'For all of them.' },
        max_output_length: { ...number, description: 'Characters to return of each.' },
      },
      required: ['commands'],
    },
    read(args) {
      const { data } = ShellAction.safeParse(args);
      return data && { type: 'shell_call', action: data, environment: { type: 'local' } };
    },
  },
  apply_patch: {
    // The diff's form: OpenAI's guide of the apply_patch tool ("V4A").
    description: `Creates, changes or deletes one file on the user’s machine.
"diff" of a file to create: all its lines, each with "+" before it.
"diff" of a file to update: for each place, a line "@@" (after it, if it helps to find the place, the line of the function or class it is in), then about three unchanged lines with " " before each, the old lines with "-", the new ones with "+", and three unchanged lines again. There are no line numbers and no headers.`,
    parameters: {
      type: 'object',
      properties: {
        type: { type: 'string', enum: ['create_file', 'update_file', 'delete_file'] },
        path: { type: 'string', description: 'The file, as seen from the working directory.' },
        diff: { type: 'string', description: 'Not for delete_file.' },
      },
      required: ['type', 'path'],
    },
    read(args) {
      const { data } = PatchOperation.safeParse(args);
      return data && { type: 'apply_patch_call', operation: data };
    },
  },
};

export function isClientTool(type: unknown): type is string {
  return typeof type === 'string' && Object.hasOwn(clientTools, type);
}

/**
 * The function that stands for a tool of OpenAI's; the same entry for any other. A shell in a container of OpenAI's runs
 * there, so it stays what it is, and is reported.
 * @throws GatewayError 400 naming the member
 */
export function asFunction(asked: ToolEntry, { dropped }: Reading): ToolEntry {
  const { entry, at } = asked;
  const { type } = entry;
  const tool = isClientTool(type) ? clientTools[type] : undefined;
  if (!tool || !isClientTool(type)) return asked;
  if (type === 'shell' && (entry['environment'] ?? undefined) !== undefined) {
    const environment = requireObject(entry, 'environment', at);
    if (environment['type'] !== 'local') return asked;
    dropped.addUnknown(environment, ['type'], 'tools.shell.environment');
  }
  dropped.addUnknown(entry, ['type', 'environment', 'cache_control'], `tools.${type}`);
  const { description, parameters } = tool;
  const mark = entry['cache_control'] === undefined ? {} : { cache_control: entry['cache_control'] };
  return { at, entry: { type: 'function', name: type, description, parameters, ...mark } };
}

/** A model's arguments as the item of OpenAI's has them; undefined when they are cut or say something else. */
export function readClientCall(name: string, json: string): ClientCall | undefined {
  try {
    const args: unknown = JSON.parse(json);
    return isObject(args) ? clientTools[name]?.read(args) : undefined;
  } catch {
    return undefined;
  }
}
