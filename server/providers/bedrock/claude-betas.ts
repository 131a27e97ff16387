import type { CatalogueModel } from '../../catalogue/catalogue.ts';

// What Bedrock takes of Anthropic's betas: the reports of users who tried them one by one (anthropics/claude-code#21612,
// #49370, #56595, #82549; router-for-me/CLIProxyAPI#4750) and LiteLLM's table. One that is not taken is answered with
// "invalid beta flag" for the whole call. The one for a window of a million tokens is not among them: the reserve is made
// for the window that the catalogue knows.

const interleaved = 'interleaved-thinking-2025-05-14';
const contextManagement = 'context-management-2025-06-27';
const toolSearch = 'tool-search-tool-2025-10-19';
const toolExamples = 'tool-examples-2025-10-29';
const fineStreaming = 'fine-grained-tool-streaming-2025-05-14';
const computer2024 = 'computer-use-2024-10-22';
const computer2025 = 'computer-use-2025-01-24';
const computer2025Late = 'computer-use-2025-11-24';
const claudeCode = 'claude-code-20250219';
const efficientTools = 'token-efficient-tools-2025-02-19';
const longOutput = 'output-128k-2025-02-19';

const all: ReadonlySet<string> = new Set([
  claudeCode,
  contextManagement,
  'dev-full-thinking-2025-05-14',
  'effort-2025-11-24',
  fineStreaming,
  interleaved,
  longOutput,
  'structured-outputs-2025-11-13',
  efficientTools,
  toolExamples,
  toolSearch,
  computer2024,
  computer2025,
  computer2025Late,
]);

/** Models that take fewer, by the start of their ids; the first that fits holds. All other Claudes take all. */
const fewer: readonly (readonly [string, ReadonlySet<string>])[] = [
  ['anthropic.claude-opus-4-7', new Set([interleaved])],
  ['anthropic.claude-3-', new Set([claudeCode, computer2024, computer2025, efficientTools, longOutput])],
  ['anthropic.claude-instant', new Set()],
  ['anthropic.claude-v', new Set()],
];

/** Whether some Claude of Bedrock takes it. */
export function isKnownBeta(beta: unknown): boolean {
  return typeof beta === 'string' && all.has(beta);
}

/** The betas this model takes; none where it is no Claude. */
export function betasOf({ id, maker }: Pick<CatalogueModel, 'id' | 'maker'>): ReadonlySet<string> {
  if (maker !== 'anthropic') return none;
  return fewer.find(([start]) => id.startsWith(start))?.[1] ?? all;
}

const none: ReadonlySet<string> = new Set();

/** Those that only say who calls. */
export const labels: ReadonlySet<string> = new Set([claudeCode]);

/** What Anthropic's own API has under one name, and Bedrock under several. */
export const bedrockNames: ReadonlyMap<string, readonly string[]> = new Map([
  ['advanced-tool-use-2025-11-20', [toolSearch, toolExamples]],
]);

/** Fields of the request that are refused without their beta. */
export const betaOfField: ReadonlyMap<string, string> = new Map([['context_management', contextManagement]]);

/** Members of the caller's own tools that are refused without their beta. Who may call a tool beside the model is Anthropic's alone. */
export const betaOfToolMember: ReadonlyMap<string, string> = new Map([
  ['defer_loading', toolSearch],
  ['input_examples', toolExamples],
  ['eager_input_streaming', fineStreaming],
]);

/** Tools of Anthropic's that the caller runs, or the model itself, by their `type`; undefined: it needs no beta. */
export const betaOfTool: ReadonlyMap<string, string | undefined> = new Map([
  ['bash_20241022', computer2024],
  ['text_editor_20241022', computer2024],
  ['computer_20241022', computer2024],
  ['computer_20250124', computer2025],
  ['computer_20251124', computer2025Late],
  ['bash_20250124', undefined],
  ['text_editor_20250124', undefined],
  ['text_editor_20250429', undefined],
  ['text_editor_20250728', undefined],
  ['memory_20250818', contextManagement],
  ['tool_search_tool_regex_20251119', toolSearch],
  ['tool_search_tool_bm25_20251119', toolSearch],
]);
