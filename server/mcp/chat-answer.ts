import type { ChatResult } from '../../shared/api/mcp-tools.ts';
import { ErrorBody } from '../../shared/api/shapes.ts';
import { parseUsd } from '../../shared/money.ts';
import type { AnswerEncoder, AnswerEnd, StreamEncoder } from '../calls/run-call.ts';
import { DroppedFields } from '../dialects/dropped-fields.ts';
import { toTextFinishReason } from '../dialects/openai-chat/usage.ts';
import { GatewayError } from '../errors.ts';
import type { ModelEvent } from '../model/events.ts';
import type { FinishReason } from '../model/finish-reason.ts';
import { noUsage, type Usage } from '../model/usage.ts';
import { costFields } from '../money/usage-figures.ts';

/** What is known of an answer beside what the model said. */
type AnswerFacts = Pick<ChatResult, 'model' | 'request_id' | 'dropped' | 'max_output_tokens'>;

/** Collects a streamed answer for `chat`: its pieces are the text as it comes, for whoever tells of the progress. */
export class ChatAnswer implements StreamEncoder, AnswerEncoder {
  #text = '';
  #thoughtCharacters = 0;
  #reason: FinishReason = 'unknown';
  #isCut = false;
  #usage: Usage = noUsage;
  #costUsd: string | null = null;
  #error: GatewayError | undefined;
  readonly #lost = new Set<string>();

  get text(): string {
    return this.#text;
  }

  /** Characters of the answer and of what the model thought before it. */
  get characters(): number {
    return this.#text.length + this.#thoughtCharacters;
  }

  add(events: readonly ModelEvent[]): void {
    for (const event of events) this.#add(event);
  }

  encode(events: readonly ModelEvent[]): string {
    const before = this.characters;
    this.add(events);
    return this.characters === before ? '' : ' ';
  }

  ping(): string {
    return '';
  }

  end({ costUsd }: AnswerEnd): string {
    this.#costUsd = costUsd;
    return '';
  }

  /** An answer that breaks off: what came of it is told, for it is paid. */
  error(body: object): string {
    const { error } = ErrorBody.parse(body);
    const received = this.#text === '' ? 'Nothing of the answer was received.' : `Received before it:\n\n${this.#text}`;
    const message = `${error.message} What was generated is billed. ${received}`;
    this.#error = new GatewayError({
      status: 502,
      type: 'server_error',
      code: error.code ?? 'upstream_error',
      message,
    });
    return '';
  }

  answer(end: AnswerEnd): object {
    this.end(end);
    return { text: this.#text };
  }

  /** @throws GatewayError when the answer broke off */
  result({ dropped, ...facts }: AnswerFacts): ChatResult {
    if (this.#error) throw this.#error;
    const { inputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens } = this.#usage;
    const names = new DroppedFields();
    for (const name of [...dropped, ...this.#lost]) names.add(name);
    return {
      text: this.#text,
      ...facts,
      finish_reason: toTextFinishReason(this.#reason),
      usage: {
        input_tokens: inputTokens,
        cache_read_tokens: cacheReadTokens,
        cache_write_tokens: cacheWrite5mTokens + cacheWrite1hTokens,
        output_tokens: this.#usage.outputTokens,
        reasoning_tokens: this.#usage.reasoningTokens ?? null,
      },
      ...costFields(this.#costUsd === null ? null : (parseUsd(this.#costUsd) ?? null)),
      dropped: names.shortList(),
      ...(this.#isCut && { warning: 'deadline' as const }),
    };
  }

  #add(event: ModelEvent): void {
    if (event.type === 'text-delta') this.#text += event.text;
    else if (event.type === 'reasoning-delta') this.#thoughtCharacters += event.text.length;
    else if (event.type === 'warning') this.#lost.add(event.field);
    else if (event.type === 'usage') this.#usage = event.usage;
    else if (event.type === 'finish') {
      this.#reason = event.reason;
      this.#isCut = event.raw === 'deadline';
    }
  }
}
