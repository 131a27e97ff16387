import type { Capabilities } from '../../catalogue/catalogue.ts';
import { type Effort, efforts, type Message, type ModelRequest, type ReasoningRequest } from '../../model/request.ts';
import type { ProviderCall } from '../provider.ts';
import { isReasoning, type Part, toTurns } from './turns.ts';

/** How a call thinks, and what that forbids the rest of the request. */
export interface Thinking {
  /** Members of additionalModelRequestFields. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** What of sampling may be sent beside it: `default` = no more than the temperature 1, `none` = nothing. */
  readonly sampling: 'free' | 'default' | 'none';
  /** Whether the tool choice may force a tool beside it. */
  readonly forcedTools: boolean;
  /** Whether the signed reasoning of earlier turns is sent back. */
  readonly replayReasoning: boolean;
  /** false: the model refuses an output cap beside it. */
  readonly sendsOutputCap: boolean;
  /** Whether the model's own answer may say how many tokens it thought. */
  readonly countsReasoning: boolean;
}

/** A call that says nothing of thinking. */
const plain: Thinking = {
  fields: {},
  sampling: 'free',
  forcedTools: true,
  replayReasoning: false,
  sendsOutputCap: true,
  countsReasoning: false,
};

/** What Claude forbids while it thinks (Anthropic's page on extended thinking): other sampling, forced tools. */
const thinkingClaude: Thinking = {
  ...plain,
  sampling: 'default',
  forcedTools: false,
  replayReasoning: true,
  countsReasoning: true,
};

/** Tokens that an effort is worth where a model takes a budget, and the other way round. Our own choice. */
const budgets: Readonly<Record<Effort, number>> = {
  none: 0,
  minimal: 1_024,
  low: 2_048,
  medium: 8_192,
  high: 16_384,
  xhigh: 32_000,
  max: 64_000,
};
/** Claude refuses a smaller budget. */
const smallestBudget = 1_024;
/** Where the caller wants thinking and does not say how much. */
const usualEffort: Effort = 'medium';

/** The caller's wish in the words the model takes. What is changed or cannot be had is reported as `reasoning_effort`. */
export function planThinking(
  call: Pick<ProviderCall, 'request' | 'target' | 'maxOutputTokens'>,
  dropped: Set<string>,
): Thinking {
  const { request, target } = call;
  const { capabilities } = target.model;
  const asked = request.reasoning;
  if (asked === undefined) return capabilities.reasoningAlwaysOn ? alwaysOn(capabilities) : plain;
  switch (capabilities.reasoning) {
    case 'budget':
      return planBudget(asked, call, dropped);
    case 'adaptive':
      return planAdaptive(asked, capabilities, dropped);
    case 'nova':
      return planNova(asked, call, dropped);
    case 'openai': {
      const effort = chooseEffort(asked, capabilities, dropped);
      return effort === undefined ? plain : { ...plain, fields: { reasoning: { effort } } };
    }
    case 'effort-word':
      return planEffortWord(asked, capabilities, dropped);
    case 'fixed':
    case 'none': {
      // One that always thinks does what was asked when no more than that was asked; one that never does, when nothing was.
      const wants = asked.effort !== 'none';
      const isDone = capabilities.reasoning === 'none' ? !wants : wants && isOpen(asked);
      if (!isDone) dropped.add('reasoning_effort');
      return plain;
    }
  }
}

/** Thinking is wanted, and no more is said. */
function isOpen({ effort, budgetTokens }: ReasoningRequest): boolean {
  return effort === undefined && budgetTokens === undefined;
}

/** A Claude that thinks unasked; whether it lets tools be forced all the same is a fact of its own. */
function alwaysOn(capabilities: Capabilities): Thinking {
  if (capabilities.reasoning !== 'adaptive') return plain;
  return { ...thinkingOf(capabilities), forcedTools: capabilities.forcedTools };
}

function thinkingOf({ reasoningReplay }: Capabilities): Thinking {
  return { ...thinkingClaude, replayReasoning: reasoningReplay === 'signed' };
}

function planBudget(
  asked: ReasoningRequest,
  { request, target, maxOutputTokens }: Pick<ProviderCall, 'request' | 'target' | 'maxOutputTokens'>,
  dropped: Set<string>,
): Thinking {
  if (asked.effort === 'none') return plain;
  const thinking = thinkingOf(target.model.capabilities);
  // It has to stay below the cap, and a cap the caller named (or the reserve was made for) is not raised.
  if (maxOutputTokens <= smallestBudget || lacksReasoning(request, thinking.replayReasoning)) {
    dropped.add('reasoning_effort');
    return plain;
  }
  const wanted = asked.budgetTokens ?? budgets[asked.effort ?? usualEffort];
  const budget = Math.min(Math.max(wanted, smallestBudget), maxOutputTokens - 1);
  // One less than a whole cap is no change worth telling.
  if (Math.abs(budget - wanted) > 1) dropped.add('reasoning_effort');
  return { ...thinking, fields: { thinking: { type: 'enabled', budget_tokens: budget } } };
}

/**
 * Whether the last assistant turn calls tools without the reasoning that led to it: with a budget Claude then refuses to
 * think ("Expected `thinking` or `redacted_thinking`, but found `tool_use`"). Clients of chat.completions seldom send it
 * back. Without tools in the request the calls are sent as text, and nothing is missing.
 */
function lacksReasoning({ messages, tools }: ModelRequest, isReplayed: boolean): boolean {
  if (tools.length === 0) return false;
  // Turns as they are sent: without blanks, and without the reasoning that stays behind.
  const told = messages.map((message): Message => {
    if (message.role !== 'assistant') return message;
    return {
      role: 'assistant',
      content: message.content.filter((part) => !isReasoning(part) || (isReplayed && isSigned(part))),
    };
  });
  const turn = toTurns(told, new Set()).findLast(({ role }) => role === 'assistant')?.parts ?? [];
  return turn.some(({ type }) => type === 'tool-call') && !turn.some(isReasoning);
}

function isSigned(part: Part): boolean {
  return part.type === 'redacted-reasoning' || (part.type === 'reasoning' && part.signature !== undefined);
}

function planAdaptive(asked: ReasoningRequest, capabilities: Capabilities, dropped: Set<string>): Thinking {
  if (asked.effort === 'none' && !capabilities.reasoningAlwaysOn) {
    return { ...plain, fields: { thinking: { type: 'disabled' } } };
  }
  const effort = chooseEffort(asked, capabilities, dropped);
  return {
    ...thinkingOf(capabilities),
    fields: { thinking: adaptive(capabilities), ...(effort !== undefined && { output_config: { effort } }) },
  };
}

/**
 * From 4.7 on, which is also when Claude stopped to take sampling, thoughts come without their text unless it is asked for
 * (Anthropic's "What's new in Claude Opus 4.7"). Callers who want none of it are seen to by their dialect.
 */
function adaptive({ sampling }: Capabilities): object {
  return { type: 'adaptive', ...(sampling === 'none' && { display: 'summarized' }) };
}

/**
 * Nova's `high` refuses an output cap, temperature and topP (Amazon's user guide, extended thinking). Without a cap the
 * model may write as much as it can, and no more than the cap was set aside for the call: `high` is sent only where the
 * cap is the model's own maximum anyway, and as `medium`, reported, otherwise.
 */
function planNova(
  asked: ReasoningRequest,
  { target, maxOutputTokens }: Pick<ProviderCall, 'target' | 'maxOutputTokens'>,
  dropped: Set<string>,
): Thinking {
  const { capabilities, maxOutputTokens: most } = target.model;
  if (asked.effort === 'none') return { ...plain, fields: { reasoningConfig: { type: 'disabled' } } };
  const chosen = chooseEffort(asked, capabilities, dropped) ?? usualEffort;
  const isUncapped = chosen === 'high' && most !== undefined && maxOutputTokens >= most;
  const effort = chosen === 'high' && !isUncapped ? 'medium' : chosen;
  if (effort !== chosen) dropped.add('reasoning_effort');
  const fields = { reasoningConfig: { type: 'enabled', maxReasoningEffort: effort } };
  return isUncapped ? { ...plain, fields, sampling: 'none', sendsOutputCap: false } : { ...plain, fields };
}

/** `none` is said by saying nothing, where the model has no word for it. */
function planEffortWord(asked: ReasoningRequest, capabilities: Capabilities, dropped: Set<string>): Thinking {
  if (asked.effort === 'none' && !capabilities.efforts.includes('none')) return plain;
  const effort = chooseEffort(asked, capabilities, dropped);
  return effort === undefined ? plain : { ...plain, fields: { reasoning_effort: effort } };
}

/** The model's word nearest to the caller's; undefined when the caller named neither effort nor budget. */
function chooseEffort(
  { effort, budgetTokens }: ReasoningRequest,
  capabilities: Capabilities,
  dropped: Set<string>,
): Effort | undefined {
  const wanted = effort ?? (budgetTokens === undefined ? undefined : effortWorth(budgetTokens));
  if (wanted === undefined) return undefined;
  const nearest = nearestEffort(wanted, capabilities.efforts);
  // A budget is not a word: the model gets about as much as was asked.
  if (nearest !== wanted || budgetTokens !== undefined) dropped.add('reasoning_effort');
  return nearest;
}

/** The highest effort whose worth the budget reaches. */
function effortWorth(tokens: number): Effort {
  return efforts.findLast((effort) => effort !== 'none' && budgets[effort] <= tokens) ?? 'minimal';
}

/** Of two equally near the weaker. Whoever wants thinking does not get `none`. */
function nearestEffort(wanted: Effort, taken: readonly Effort[]): Effort | undefined {
  const rank = efforts.indexOf(wanted);
  const choices = taken.filter((word) => word === wanted || word !== 'none');
  const distance = (word: Effort) => Math.abs(efforts.indexOf(word) - rank);
  let nearest: Effort | undefined;
  for (const word of choices) if (nearest === undefined || distance(word) < distance(nearest)) nearest = word;
  return nearest;
}
