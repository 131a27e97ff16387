import type { ModelRequest, UserPart } from '../model/request.ts';

type ClaudeFields = NonNullable<ModelRequest['claude']>;

/**
 * The request without what only Anthropic's own API has words for, each reported by its name: for providers that speak
 * another API. What is said of a document beside its text is reported too.
 */
export function withoutClaudeFields(request: ModelRequest, dropped: Set<string>): ModelRequest {
  reportDocuments(request, dropped);
  return withoutClaude(request, dropped);
}

/** The same for a provider that keeps what is said of documents. */
export function withoutClaude(request: ModelRequest, dropped: Set<string>): ModelRequest {
  const { claude, ...rest } = request;
  if (!claude) return request;
  reportClaudeFields(claude, dropped);
  return withPossibleChoice(rest, dropped);
}

/** Without a `toolChoice` that forces a tool which is not among the tools any more, reported. */
export function withPossibleChoice(request: ModelRequest, dropped: Set<string>): ModelRequest {
  const { toolChoice, tools } = request;
  const isThere = toolChoice?.type !== 'tool' || tools.some(({ name }) => name === toolChoice.name);
  const hasChoice = toolChoice?.type === 'auto' || toolChoice?.type === 'none' || tools.length > 0;
  if (!toolChoice || (isThere && hasChoice)) return request;
  dropped.add('tool_choice');
  return { ...request, toolChoice: undefined };
}

/** Reports each by its name. */
export function reportClaudeFields({ betas, fields, tools, toolFields }: ClaudeFields, dropped: Set<string>): void {
  for (const beta of betas) dropped.add(`anthropic-beta.${beta.slice(0, 64)}`);
  for (const field of Object.keys(fields)) dropped.add(field);
  for (const { type } of tools) dropped.add(`tools.${String(type).slice(0, 64)}`);
  for (const members of Object.values(toolFields)) {
    for (const member of Object.keys(members)) dropped.add(`tools.${member}`);
  }
}

function reportDocuments({ messages }: ModelRequest, dropped: Set<string>): void {
  for (const { role, content } of messages) {
    if (role === 'user') for (const part of content) reportDocument(part, dropped);
  }
}

function reportDocument(part: UserPart, dropped: Set<string>): void {
  if (part.type === 'tool-result') for (const inner of part.content) reportDocument(inner, dropped);
  if (part.type !== 'document') return;
  if (part.context !== undefined) dropped.add('messages.content.context');
  if (part.citations === true) dropped.add('messages.content.citations');
}
