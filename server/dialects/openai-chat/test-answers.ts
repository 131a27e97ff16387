import type { ModelEvent } from '../../model/events.ts';
import type { FinishReason } from '../../model/finish-reason.ts';
import { noUsage, type Usage } from '../../model/usage.ts';
import type { AnswerForms } from '../decode-tools.ts';

// Whole answers as model events, for the tests of both encoders; tests only.

/** Of a request with functions alone, or without tools. */
export const plainForms: AnswerForms = { customTools: new Set(), isLegacy: false };

/** The figures of OpenAI's three ways to count a prompt: 100 new, 900 read from a cache, 200 written to one. */
export const cachedUsage: Usage = {
  ...noUsage,
  inputTokens: 100,
  cacheReadTokens: 900,
  cacheWrite5mTokens: 150,
  cacheWrite1hTokens: 50,
  outputTokens: 50,
};

export const text = (index: number, ...pieces: readonly string[]): ModelEvent[] => [
  { type: 'text-start', index },
  ...pieces.map((piece) => ({ type: 'text-delta', index, text: piece }) as const),
  { type: 'text-end', index },
];

export const reasoning = (index: number, ...pieces: readonly string[]): ModelEvent[] => [
  { type: 'reasoning-start', index },
  ...pieces.map((piece) => ({ type: 'reasoning-delta', index, text: piece }) as const),
  { type: 'reasoning-signature', index, signature: 'c2lnbmVk' },
  { type: 'reasoning-end', index },
];

export const toolCall = (index: number, name: string, ...pieces: readonly string[]): ModelEvent[] => [
  { type: 'tool-call-start', index, id: `call_${index}`, name },
  ...pieces.map((json) => ({ type: 'tool-call-delta', index, json }) as const),
  { type: 'tool-call-end', index },
];

/** The provider says why it stopped before it says what was used. */
export const end = (reason: FinishReason, usage: Usage = cachedUsage): ModelEvent[] => [
  { type: 'finish', reason, raw: reason },
  { type: 'usage', usage },
];

interface AnswerCase {
  readonly events: readonly ModelEvent[];
  readonly content: string | null;
  readonly reasoning?: string;
  readonly details?: readonly object[];
  /** Name and arguments of each call. */
  readonly toolCalls?: readonly (readonly [name: string, json: string])[];
  readonly finishReason: 'stop' | 'length' | 'tool_calls' | 'content_filter';
}

export const answerCases: Readonly<Record<string, AnswerCase>> = {
  'a text': {
    events: [...text(0, 'Hello', ', ', 'wörld 🌍\n"quoted"  \\'), ...end('stop')],
    content: 'Hello, wörld 🌍\n"quoted"  \\',
    finishReason: 'stop',
  },
  'no text at all': { events: end('stop'), content: '', finishReason: 'stop' },
  'texts in two blocks, joined with nothing between them': {
    events: [...text(0, 'one'), ...text(1, 'two'), ...end('stop-sequence')],
    content: 'onetwo',
    finishReason: 'stop',
  },
  'a tool call': {
    events: [...toolCall(0, 'look', '{"a"', ':1}'), ...end('tool-calls')],
    content: null,
    toolCalls: [['look', '{"a":1}']],
    finishReason: 'tool_calls',
  },
  'a tool call without arguments': {
    events: [...toolCall(0, 'now'), ...end('tool-calls')],
    content: null,
    toolCalls: [['now', '{}']],
    finishReason: 'tool_calls',
  },
  'a tool call with empty pieces only': {
    events: [...toolCall(0, 'now', '', ''), ...end('tool-calls')],
    content: null,
    toolCalls: [['now', '{}']],
    finishReason: 'tool_calls',
  },
  'tool calls in parallel, beside reasoning and text': {
    events: [
      ...reasoning(0, 'Hm', 'm.'),
      ...text(1, 'Let me look.'),
      ...toolCall(2, 'look', '{"a":', '"é"}'),
      ...toolCall(4, 'now'),
      ...toolCall(7, 'look', '{}'),
      ...end('tool-calls'),
    ],
    content: 'Let me look.',
    reasoning: 'Hmm.',
    details: [{ type: 'reasoning.text', index: 0, text: 'Hmm.', signature: 'c2lnbmVk' }],
    toolCalls: [
      ['look', '{"a":"é"}'],
      ['now', '{}'],
      ['look', '{}'],
    ],
    finishReason: 'tool_calls',
  },
  'a stop for a tool that was not called': {
    events: [...text(0, 'Done.'), ...end('tool-calls')],
    content: 'Done.',
    finishReason: 'stop',
  },
  'an ordinary end after a tool call': {
    events: [...toolCall(0, 'look', '{}'), ...end('stop')],
    content: null,
    toolCalls: [['look', '{}']],
    finishReason: 'tool_calls',
  },
  'a cap within a tool call': {
    events: [...toolCall(0, 'look', '{"a'), ...end('length')],
    content: null,
    toolCalls: [['look', '{"a']],
    finishReason: 'length',
  },
  'a full context': { events: [...text(0, 'x'), ...end('context-window')], content: 'x', finishReason: 'length' },
  'a filtered answer': {
    events: [...text(0, 'x'), ...end('content-filter')],
    content: 'x',
    finishReason: 'content_filter',
  },
  'a reason nobody knows': { events: [...text(0, 'x'), ...end('unknown')], content: 'x', finishReason: 'stop' },
  'thoughts in two blocks, one of them sealed': {
    events: [
      { type: 'reasoning-redacted', index: 0, data: 'eA==' },
      ...reasoning(1, 'Hm.'),
      ...reasoning(3),
      ...text(4, 'x'),
      ...end('stop'),
    ],
    content: 'x',
    reasoning: 'Hm.',
    details: [
      { type: 'reasoning.encrypted', index: 0, data: 'eA==' },
      { type: 'reasoning.text', index: 1, text: 'Hm.', signature: 'c2lnbmVk' },
      { type: 'reasoning.text', index: 2, text: '', signature: 'c2lnbmVk' },
    ],
    finishReason: 'stop',
  },
  'what chat has no place for': {
    events: [
      { type: 'start', model: 'served' },
      { type: 'warning', code: 'x', field: 'y' },
      {
        type: 'citation',
        index: 1,
        citation: {
          citedText: 'x',
          title: undefined,
          source: undefined,
          place: { kind: 'pages', index: 0, start: 1, end: 2 },
        },
      },
      ...text(1, 'x'),
      ...end('stop'),
    ],
    content: 'x',
    finishReason: 'stop',
  },
};
