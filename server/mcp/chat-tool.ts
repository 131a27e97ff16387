import * as z from 'zod/mini';
import { ChatResult } from '../../shared/api/mcp-tools.ts';
import { runModelCall } from '../calls/run-call.ts';
import type { Clock } from '../clock.ts';
import { ChatAnswer } from './chat-answer.ts';
import { chatCallOf, chatInput } from './chat-call.ts';
import { defineTool, type McpCall, type McpTool } from './surface.ts';

/** The only tool that spends. */
export const chatTool: McpTool = defineTool({
  name: 'chat',
  title: 'Ask a model',
  description:
    'Asks any chat model and returns its answer, with the exact cost. What it costs is taken from your budget; quote tells the most it can be. An answer that was begun is paid even if you cancel.',
  access: 'inference',
  input: z.strictObject(chatInput),
  output: ChatResult,
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true },
  text: ({ text }) => text,
  run: async (input, mcp) => {
    const { call } = mcp;
    const answer = new ChatAnswer();
    const chat = chatCallOf(call, input);
    const response = await runModelCall(call, {
      ...chat,
      createStreamEncoder: () => answer,
      createAnswerEncoder: () => answer,
    });
    const { headers, body, finish } = response;
    let isCancelled = false;
    mcp.later(async ({ clientClosed }) => finish?.({ clientClosed: clientClosed || isCancelled }));
    const progress = new ChatProgress(mcp, answer, call.context.clock);
    // To its end, whoever is still there to hear it: the model writes on, and is paid for it.
    for await (const _ of body) await progress.tell();
    // Asked now: the signal of a request that was answered is aborted too.
    isCancelled = mcp.signal.aborted;
    const cap = headers['x-pennyworth-max-tokens'] ?? input.max_output_tokens;
    return answer.result({
      model: call.context.catalogue.resolve(input.model).model.alias,
      request_id: call.requestId,
      dropped: headers['x-pennyworth-dropped']?.split(',') ?? [],
      max_output_tokens: Number(cap),
    });
  },
});

/** A fast stream comes in hundreds of pieces a second. */
const progressEveryMs = 200;

/** Tells what came since it was told last, at most five times a second; each message has the new text. */
class ChatProgress {
  readonly #mcp: Pick<McpCall, 'progress'>;
  readonly #answer: ChatAnswer;
  readonly #clock: Clock;
  #toldAt = 0;
  #done = 0;
  #characters = 0;
  #length = 0;

  constructor(mcp: Pick<McpCall, 'progress'>, answer: ChatAnswer, clock: Clock) {
    this.#mcp = mcp;
    this.#answer = answer;
    this.#clock = clock;
  }

  async tell(): Promise<void> {
    const now = this.#clock.now();
    if (now - this.#toldAt < progressEveryMs) return;
    this.#toldAt = now;
    const { text, characters } = this.#answer;
    const isSilent = characters === this.#characters;
    const news = text.slice(this.#length) || (isSilent ? 'Waiting for the model.' : 'The model is thinking.');
    // Characters of the answer; a silence counts one, for progress must grow with each message.
    this.#done += Math.max(characters - this.#characters, 1);
    this.#characters = characters;
    this.#length = text.length;
    await this.#mcp.progress(this.#done, news);
  }
}
