import type { MediaPart, Message, ModelRequest, TextPart } from '../model/request.ts';

// How long a prompt is, where nobody counts it: rather too long than too short, so that a client that shortens its
// conversation by it does so in time. The reserve of a call is another figure: the most it can be (money/prompt-bound.ts).

/** UTF-8 bytes. About three make a token, whatever the language. */
const bytesPerToken = 3;
/** What a message, and a tool, take beside their texts. */
const frameTokens = 4;
/** The instructions for calling tools that a model's template adds (Anthropic's "Tool use" page has some 300 to 500). */
const toolUseTokens = 400;
/** The text of a tool that Anthropic itself describes (its "Pricing" page: 245 to 735, by the tool). */
const typedToolTokens = 800;
/** A large image, as Claude scales it (Anthropic's "Vision" page). */
const imageTokens = 1_600;
/** Bytes of a file for a token: compressed pages of text; speech; film at one frame a second. */
const bytesPerFileToken = { document: 10, audio: 25, video: 400 };

/** Tokens of a prompt, estimated. Images by address need not have been fetched. */
export function estimatePromptTokens(request: ModelRequest): number {
  const { system, messages, tools, outputFormat, claude } = request;
  const typed = claude?.tools ?? [];
  let tokens = textTokens(system) + messages.reduce((sum, message) => sum + messageTokens(message), 0);
  if (tools.length + typed.length > 0) tokens += toolUseTokens;
  for (const tool of typed) tokens += typedToolTokens + ofText(JSON.stringify(tool));
  for (const more of Object.values(claude?.toolFields ?? {})) tokens += ofText(JSON.stringify(more));
  for (const { name, description = '', inputSchema } of tools) {
    tokens += frameTokens + ofText(name + description + JSON.stringify(inputSchema));
  }
  if (outputFormat?.type === 'json-schema') tokens += ofText(JSON.stringify(outputFormat.schema));
  return tokens;
}

function messageTokens({ content }: Message): number {
  return frameTokens + content.reduce((sum, part) => sum + partTokens(part), 0);
}

function partTokens(part: Message['content'][number]): number {
  switch (part.type) {
    case 'text':
    case 'reasoning':
      return ofText(part.text);
    case 'redacted-reasoning':
      return ofText(part.data);
    case 'tool-call':
      return frameTokens + ofText(part.name + JSON.stringify(part.input));
    case 'tool-result':
      return frameTokens + part.content.reduce((sum, inner) => sum + partTokens(inner), 0);
    case 'search-result':
      return ofText(part.title + part.source) + textTokens(part.content);
    default:
      return mediaTokens(part);
  }
}

function mediaTokens(part: MediaPart): number {
  if (part.type === 'image' || part.type === 'remote-image') return imageTokens;
  const bytes = (part.data.length * 3) / 4;
  const context = part.type === 'document' ? ofText(part.context ?? '') : 0;
  const isText = part.type === 'document' && ['txt', 'md', 'csv', 'html'].includes(part.format);
  return context + Math.ceil(bytes / (isText ? bytesPerToken : bytesPerFileToken[part.type]));
}

function textTokens(parts: readonly TextPart[]): number {
  return parts.reduce((sum, { text }) => sum + ofText(text), 0);
}

function ofText(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / bytesPerToken);
}
