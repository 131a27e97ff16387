import * as z from 'zod/mini';
import { conversationNamed, type NameField } from '../calls/field-names.ts';
import type { ModelCall } from '../calls/run-call.ts';
import { decodeChatRequest } from '../dialects/openai-chat/decode-request.ts';
import { invalidRequest } from '../errors.ts';
import { efforts } from '../model/request.ts';
import type { AuthenticatedCall } from '../route.ts';
import { cachePolicyOf } from '../routes/inference.ts';

const text = (about: string) => z.string().check(z.minLength(1), z.describe(about));

/** What `chat` takes, and `quote` with it: the names are those of OpenAI's Responses and chat completions. */
export const chatInput = {
  model: z
    .string()
    .check(
      z.minLength(1),
      z.maxLength(2048),
      z.describe('A model by its short name, e.g. claude-haiku-4-5; list_models names them'),
    ),
  prompt: z.optional(text('One question; give either this or messages')),
  messages: z.optional(
    z
      .array(z.strictObject({ role: z.enum(['user', 'assistant', 'system']), content: z.string() }))
      .check(z.minLength(1), z.describe('A conversation, oldest first; give either this or prompt')),
  ),
  system: z.optional(text('Instructions for the model')),
  max_output_tokens: z.optional(
    z
      .int()
      .check(
        z.gte(1),
        z.describe('The longest answer, thinking included; by default what the model and the budget allow'),
      ),
  ),
  temperature: z.optional(z.number().check(z.gte(0), z.lte(2))),
  reasoning_effort: z.optional(z.enum(efforts).check(z.describe('How hard the model thinks before it answers'))),
  response_format: z.optional(
    z
      .strictObject({
        type: z.literal('json_schema'),
        json_schema: z.strictObject({
          name: z.string(),
          description: z.optional(z.string()),
          schema: z.record(z.string(), z.unknown()),
          strict: z.optional(z.boolean()),
        }),
      })
      .check(z.describe('Makes the answer JSON that follows a schema')),
  ),
};
const ChatInput = z.object(chatInput);
export type ChatInput = z.infer<typeof ChatInput>;

type ChatCall = Pick<ModelCall, 'endpoint' | 'dialect' | 'request' | 'promptBytes' | 'dropped'> & {
  readonly nameField: NameField;
};

/**
 * The arguments as a call of a model: they are read as the chat completion they stand for.
 * @throws GatewayError 400 naming the argument
 */
export function chatCallOf(call: AuthenticatedCall, input: ChatInput): ChatCall {
  const { model, prompt, messages, system, max_output_tokens, temperature, reasoning_effort, response_format } = input;
  if ((prompt === undefined) === (messages === undefined)) {
    const [fault, cure] = prompt === undefined ? ['is missing', 'give it, or messages'] : ['and messages', 'give one'];
    throw invalidRequest(`prompt: ${fault}; ${cure}.`, 'prompt');
  }
  const body = {
    model,
    messages: messages ?? [{ role: 'user', content: prompt }],
    ...(system !== undefined && { system }),
    ...(max_output_tokens !== undefined && { max_completion_tokens: max_output_tokens }),
    ...(temperature !== undefined && { temperature }),
    ...(reasoning_effort !== undefined && { reasoning_effort }),
    ...(response_format !== undefined && { response_format }),
    stream: true,
  };
  const conversation = prompt === undefined ? (name: string) => name : conversationNamed('prompt');
  const nameField: NameField = (field) =>
    field === 'max_tokens' || field === 'max_completion_tokens' ? 'max_output_tokens' : conversation(field);
  const { request, dropped } = decodeChatRequest(body);
  return {
    endpoint: '/mcp',
    dialect: 'openai',
    nameField,
    request: { ...request, cache: cachePolicyOf(call, request.cache) },
    promptBytes: Buffer.byteLength(JSON.stringify(body)),
    dropped: dropped.map(nameField),
  };
}
