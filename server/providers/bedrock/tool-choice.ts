import type { Capabilities } from '../../catalogue/catalogue.ts';
import type { ModelRequest, Tool } from '../../model/request.ts';
import type { ToolNames } from './tools.ts';

interface PlannedToolChoice {
  /** Converse's toolChoice; undefined: the model decides. */
  readonly toolChoice: object | undefined;
  /** The tools to send. */
  readonly tools: readonly Tool[];
  /** The caller's names of the tools whose calls are handed on; undefined: all. */
  readonly callable: ReadonlySet<string> | undefined;
}

/**
 * The caller's choice as the model can be told it. Where the model cannot be forced (`canForce`, or a capability) it
 * decides itself, reported. What it may not call stays in the request, for the cache's sake, and calls of it are left out
 * of the answer.
 */
export function planToolChoice(
  { tools, toolChoice }: Pick<ModelRequest, 'tools' | 'toolChoice'>,
  capabilities: Pick<Capabilities, 'toolChoice' | 'forcedTools'>,
  options: { readonly canForce: boolean; readonly names: ToolNames; readonly dropped: Set<string> },
): PlannedToolChoice {
  const callable = callableTools(toolChoice);
  const free: PlannedToolChoice = { toolChoice: undefined, tools, callable };
  const isForced =
    toolChoice?.type === 'required' ||
    toolChoice?.type === 'tool' ||
    (toolChoice?.type === 'allowed' && toolChoice.mode === 'required');
  if (!isForced) return free;
  if (!options.canForce || !capabilities.forcedTools || capabilities.toolChoice === 'none') {
    options.dropped.add('tool_choice');
    return free;
  }
  const name = onlyName(toolChoice);
  if (name === undefined) return { toolChoice: { any: {} }, tools, callable };
  if (capabilities.toolChoice === 'tool') {
    return { toolChoice: { tool: { name: options.names.encode(name) } }, tools, callable };
  }
  // It can be told to call some tool: it is shown no other. Such models cache nothing among the tools.
  return { toolChoice: { any: {} }, tools: tools.filter((tool) => tool.name === name), callable };
}

const noTools: ReadonlySet<string> = new Set();

function callableTools(toolChoice: ModelRequest['toolChoice']): ReadonlySet<string> | undefined {
  if (toolChoice?.type === 'none') return noTools;
  return toolChoice?.type === 'allowed' ? new Set(toolChoice.names) : undefined;
}

function onlyName(toolChoice: ModelRequest['toolChoice']): string | undefined {
  if (toolChoice?.type === 'tool') return toolChoice.name;
  return toolChoice?.type === 'allowed' && toolChoice.names.length === 1 ? toolChoice.names[0] : undefined;
}

/**
 * Claude's own `tool_choice`, for one tool at a time. Its `type` stands only where Converse fills in no choice of its own:
 * both are refused (LiteLLM and AWS: "The additional field tool_choice conflicts with an existing field").
 */
export function encodeSingleToolCall(
  { tools, toolChoice, parallelToolCalls }: Pick<ModelRequest, 'tools' | 'toolChoice' | 'parallelToolCalls'>,
  { singleToolCall }: Pick<Capabilities, 'singleToolCall'>,
  isChosen: boolean,
  dropped: Set<string>,
): Readonly<Record<string, unknown>> {
  if (parallelToolCalls !== false || tools.length === 0 || toolChoice?.type === 'none') return {};
  if (!singleToolCall) {
    dropped.add('parallel_tool_calls');
    return {};
  }
  return { tool_choice: { ...(isChosen ? {} : { type: 'auto' }), disable_parallel_tool_use: true } };
}
