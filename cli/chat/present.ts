import { parseUsd } from '../../shared/money.ts';
import type { Io } from '../io.ts';
import { formatCount } from '../output/count.ts';
import { formatMoney } from '../output/money.ts';
import { stripControlFromText } from '../output/strip-control.ts';
import { formatDuration } from '../output/time.ts';
import type { Answer } from './answer.ts';
import type { Outcome } from './ask.ts';

/** Prints an answer as it comes, clean, and leaves the cursor at the start of a line. */
export class AnswerPrinter {
  readonly #io: Io;
  #last = '\n';

  constructor(io: Io) {
    this.#io = io;
  }

  print(text: string): void {
    const clean = stripControlFromText(text);
    if (clean === '') return;
    this.#io.print(clean);
    this.#last = clean.slice(-1);
  }

  endLine(): void {
    if (this.#last !== '\n') this.#io.print('\n');
    this.#last = '\n';
  }
}

/** What a person must know about how an answer ended, and tokens, cost and time where they were asked for. */
export function explainOutcome(io: Io, { answer, isStopped }: Outcome, tookMs: number, withUsage: boolean): void {
  if (isStopped) io.note('Stopped. The gateway still bills the answer to its end.');
  else if (answer.finishReason === 'length') io.warn('the answer ended at the token limit; --max-tokens allows more');
  else if (answer.finishReason === 'content_filter') io.warn('a filter of the provider ended the answer');
  if (withUsage) io.err.write(`${io.errStyle.dim(usageLine(answer, tookMs))}\n`);
}

function usageLine({ usage }: Answer, tookMs: number): string {
  if (!usage) return `usage unknown · ${formatDuration(tookMs)}`;
  const { prompt_tokens: input, completion_tokens: output, cost_usd: cost } = usage;
  const money = formatMoney((cost ? parseUsd(cost) : undefined) ?? null);
  return `${formatCount(input)} in · ${formatCount(output)} out · ${money} · ${formatDuration(tookMs)}`;
}

/** The `--json` form of an answer. */
export function toDocument({ answer }: Outcome, tookMs: number) {
  return {
    id: answer.id,
    model: answer.model,
    text: answer.text,
    finish_reason: answer.finishReason,
    usage: answer.usage,
    cost_usd: answer.usage?.cost_usd ?? null,
    duration_ms: Math.round(tookMs),
    tool_calls: [],
  };
}
