import * as z from 'zod/mini';

// What /v1/responses answers, with the extensions listed below. The fields of the request that OpenAI's Response repeats
// (`tools`, `instructions`, …) stand beside those named here, as the caller sent them.

/** What our answers have beside OpenAI's own fields, by the object they stand in, or its `type`. */
export const responsesExtensions = {
  usage: ['cost_usd'],
  /** `store`: OpenAI sends it, but its schema does not say so. `pennyworth`: as in answers of chat (extensions.ts). */
  response: ['store', 'pennyworth'],
  /** … nor that a call of a custom tool has one. It says that a call was cut, and must not be carried out. */
  custom_tool_call: ['status'],
} as const;

/** `incomplete`: the answer was cut within this item. */
const ItemStatus = z.enum(['in_progress', 'completed', 'incomplete']);
export type ItemStatus = z.infer<typeof ItemStatus>;

const OutputText = z.object({
  type: z.literal('output_text'),
  text: z.string(),
  annotations: z.array(z.unknown()),
  logprobs: z.array(z.unknown()),
});
export type OutputText = z.infer<typeof OutputText>;

const count = z._default(z.nullable(z.int()), null);

/** A command for the caller to run. What a model may leave out has OpenAI's default. */
export const LocalShellAction = z.object({
  type: z._default(z.literal('exec'), 'exec'),
  command: z.array(z.string()).check(z.minLength(1)),
  env: z._default(z.record(z.string(), z.string()), {}),
  timeout_ms: z.optional(z.nullable(z.int())),
  working_directory: z.optional(z.nullable(z.string())),
  user: z.optional(z.nullable(z.string())),
});
export type LocalShellAction = z.infer<typeof LocalShellAction>;

/** Command lines for the caller to run, each in a shell. */
export const ShellAction = z.object({
  commands: z.array(z.string()).check(z.minLength(1)),
  timeout_ms: count,
  max_output_length: count,
});
export type ShellAction = z.infer<typeof ShellAction>;

const path = z.string().check(z.minLength(1));

/** What the caller is to do with one of its files. */
export const PatchOperation = z.union([
  z.object({ type: z.enum(['create_file', 'update_file']), path, diff: z.string() }),
  z.object({ type: z.literal('delete_file'), path }),
]);
export type PatchOperation = z.infer<typeof PatchOperation>;

export const OutputItem = z.union([
  z.object({
    id: z.string(),
    type: z.literal('message'),
    status: ItemStatus,
    role: z.literal('assistant'),
    content: z.array(OutputText),
  }),
  z.object({
    id: z.string(),
    type: z.literal('function_call'),
    status: ItemStatus,
    call_id: z.string(),
    name: z.string(),
    namespace: z.optional(z.string()),
    arguments: z.string(),
  }),
  z.object({
    id: z.string(),
    type: z.literal('custom_tool_call'),
    status: ItemStatus,
    call_id: z.string(),
    name: z.string(),
    namespace: z.optional(z.string()),
    input: z.string(),
  }),
  z.object({
    id: z.string(),
    type: z.literal('local_shell_call'),
    status: ItemStatus,
    call_id: z.string(),
    action: LocalShellAction,
  }),
  z.object({
    id: z.string(),
    type: z.literal('shell_call'),
    status: ItemStatus,
    call_id: z.string(),
    action: ShellAction,
    environment: z.object({ type: z.literal('local') }),
  }),
  z.object({
    id: z.string(),
    type: z.literal('apply_patch_call'),
    status: ItemStatus,
    call_id: z.string(),
    operation: PatchOperation,
  }),
  z.object({
    id: z.string(),
    type: z.literal('reasoning'),
    status: ItemStatus,
    summary: z.array(z.object({ type: z.literal('summary_text'), text: z.string() })),
    /** Only when asked for; sent back, it lets the model go on from its own thoughts. */
    encrypted_content: z.optional(z.string()),
  }),
]);
export type OutputItem = z.infer<typeof OutputItem>;

export const ResponseUsage = z.object({
  input_tokens: z.number(),
  input_tokens_details: z.object({ cached_tokens: z.number(), cache_write_tokens: z.number() }),
  output_tokens: z.number(),
  output_tokens_details: z.object({ reasoning_tokens: z.number() }),
  total_tokens: z.number(),
  cost_usd: z.nullable(z.string()),
});
export type ResponseUsage = z.infer<typeof ResponseUsage>;

const ResponseStatus = z.enum(['in_progress', 'completed', 'incomplete', 'failed']);

/** The whole answer, and what the first and the last event of a stream carry. */
export const ResponseObject = z.looseObject({
  id: z.string(),
  object: z.literal('response'),
  created_at: z.number(),
  status: ResponseStatus,
  error: z.nullable(z.object({ code: z.string(), message: z.string() })),
  incomplete_details: z.nullable(z.object({ reason: z.enum(['max_output_tokens', 'content_filter']) })),
  model: z.string(),
  output: z.array(OutputItem),
  /** Absent until it is known. */
  usage: z.optional(ResponseUsage),
});
export type ResponseObject = z.infer<typeof ResponseObject>;
