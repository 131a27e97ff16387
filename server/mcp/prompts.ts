import { monthOf, parseMonth } from '../../shared/period.ts';
import { errorCodes } from '../error-codes.ts';
import { invalidRequest } from '../errors.ts';
import { monthsThatBegin } from './months.ts';
import type { McpPrompt } from './surface.ts';

const say = (text: string) => ({ messages: [{ role: 'user' as const, content: { type: 'text' as const, text } }] });

const codes = new Map(Object.entries(errorCodes));

/** What people pick from a menu of their client; each names the tools to use. */
export const prompts: readonly McpPrompt[] = [
  {
    name: 'review_spend',
    title: 'Review my spending',
    description: 'Where the money of a month went, what stands out, and what could be saved.',
    access: 'mcp',
    arguments: [
      {
        name: 'month',
        description: 'A UTC month as YYYY-MM; this one if you leave it out',
        required: false,
        complete: async (typed, { call }) => monthsThatBegin(typed, call.context.clock.now()),
      },
    ],
    get: async ({ month: asked = '' }, { call }) => {
      const month = asked === '' ? monthOf(call.context.clock.now()) : asked;
      const range = parseMonth(month);
      if (!range) throw invalidRequest('arguments.month: is not a month; write it as 2026-11.', 'arguments.month');
      return say(`Review what I spent with Pennyworth in ${month}.

1. Call usage_by with from ${range.from} and to ${range.to}, three times: group_by model, day and key.
2. Call budget_remaining.
3. Tell me, shortest first: the total and, for the current month, the forecast; the models and keys that cost most, with their share; days that stand out from the others; how far each budget is used up and whether it will last until it resets.
4. For the dearest model, work out the mean prompt and answer of a call, call cheapest_model_that with those lengths and the capabilities I seem to need, and say what a change of model would have saved. Say that quality has to be tried.

Take all amounts from the tools, never from memory. Do not call chat: this review should cost nothing.`);
    },
  },
  {
    name: 'choose_model',
    title: 'Choose a model',
    description: 'The model that does a task at the least cost, within a budget.',
    access: 'mcp',
    arguments: [
      { name: 'task', description: 'what the model is to do, in a sentence or two', required: true },
      { name: 'budget', description: 'What it may cost, e.g. "5 USD a day for 2,000 calls"', required: false },
    ],
    get: async ({ task = '', budget = '' }) =>
      say(`Help me choose a model for this task:

${task}
${budget === '' ? '' : `\nIt may cost: ${budget}\n`}
1. Decide which capabilities the task needs (list_models shows the names; tools, vision, documents, reasoning and structured_output matter most), how much context, and how long prompts and answers will be. Ask me if you cannot tell.
2. Call cheapest_model_that with these, and take two or three candidates: the cheapest, and a stronger one.
3. If you have the tool quote, price a typical prompt with each${budget === '' ? '' : ', with requests set to the number of calls of the budget'}; compare estimate and upper bound with budget_remaining.
4. Recommend one, in a table with the others: cost of a call, of all calls, context window, what speaks for and against it. Prices come from the tools, never from memory.

Call chat only if I agree to a trial, with max_output_tokens set.`),
  },
  {
    name: 'explain_refusal',
    title: 'Explain a refusal',
    description: 'What an error code of the gateway means, and what to do.',
    access: 'mcp',
    arguments: [
      {
        name: 'code',
        description: 'the code of the error, e.g. insufficient_quota',
        required: true,
        complete: async (typed) => [...codes.keys()].filter((code) => code.startsWith(typed)),
      },
      { name: 'message', description: 'The words of the error', required: false },
    ],
    get: async ({ code = '', message = '' }) => {
      const known = codes.get(code);
      if (!known) {
        throw invalidRequest(
          `arguments.code: ${JSON.stringify(code.slice(0, 64))} is none of the gateway’s codes.`,
          'code',
        );
      }
      return say(`Pennyworth refused a call of mine with HTTP ${known.status} \`${code}\`: ${known.about}
${message === '' ? '' : `\nIt said: ${message}\n`}
Explain what happened and what I can do, in a few sentences. Look first: budget_remaining for insufficient_quota, rate_limit_exceeded and concurrency_limit (say when it resets), list_models for model_not_found and model_not_allowed, quote for what a model cannot take; the resource pennyworth://doc/developers.md has the rest. If only an administrator can help, say exactly what to ask for. Do not send the call again.`);
    },
  },
];
