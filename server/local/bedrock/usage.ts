import type { ContentBlock, ConverseBody, DocumentBlock, ToolDefinition, ToolResultContent } from './body.ts';

/** What an image counts, whatever its size. */
const imageTokens = 1600;
const bytesPerToken = 4;

/** How much of a prompt a piece is: bytes of text and JSON, and images. */
export interface PromptSize {
  readonly bytes: number;
  readonly images: number;
}

export const emptyPrompt: PromptSize = { bytes: 0, images: 0 };

export function addSizes(left: PromptSize, right: PromptSize): PromptSize {
  return { bytes: left.bytes + right.bytes, images: left.images + right.images };
}

/** ceil(UTF-8 bytes / 4) + 1,600 an image: the simulator's documented rule, the same for every model. */
export function tokensOf({ bytes, images }: PromptSize): number {
  return Math.ceil(bytes / bytesPerToken) + images * imageTokens;
}

/** How many bytes an output cap of so many tokens allows. */
export function bytesOfTokens(tokens: number): number {
  return tokens * bytesPerToken;
}

/** Size of a tool: its toolSpec as JSON, name, description and schema together. */
export function sizeOfTool(tool: ToolDefinition): PromptSize {
  return sizeOfText(tool.toolSpec ? JSON.stringify(tool.toolSpec) : undefined);
}

/** Size of a content block, of a message or of system. */
export function sizeOfBlock(block: ContentBlock): PromptSize {
  const { text, toolUse, toolResult, reasoningContent, guardContent, citationsContent } = block;
  if (text) return sizeOfText(text);
  if (toolUse) return sizeOfText(`${toolUse.name ?? ''}${JSON.stringify(toolUse.input ?? {})}`);
  if (toolResult) return (toolResult.content ?? []).map(sizeOfResult).reduce(addSizes, emptyPrompt);
  if (block.searchResult !== undefined) return sizeOfText(JSON.stringify(block.searchResult));
  if (block.image) return { bytes: 0, images: 1 };
  if (block.document) return sizeOfDocument(block.document);
  if (citationsContent)
    return (citationsContent.content ?? []).map((part) => sizeOfText(part.text)).reduce(addSizes, emptyPrompt);
  return sizeOfText(reasoningContent?.reasoningText?.text ?? guardContent?.text?.text);
}

/** Size of the whole prompt. */
export function sizeOfPrompt(body: ConverseBody): PromptSize {
  let size = emptyPrompt;
  for (const tool of body.toolConfig?.tools ?? []) size = addSizes(size, sizeOfTool(tool));
  for (const block of body.system ?? []) size = addSizes(size, sizeOfBlock(block));
  for (const { content } of body.messages ?? []) {
    for (const block of content ?? []) size = addSizes(size, sizeOfBlock(block));
  }
  return size;
}

function sizeOfResult({ text, json, image, document, searchResult }: ToolResultContent): PromptSize {
  if (searchResult !== undefined) return sizeOfText(JSON.stringify(searchResult));
  if (image) return { bytes: 0, images: 1 };
  if (document) return sizeOfDocument(document);
  return sizeOfText(text ?? (json === undefined ? undefined : JSON.stringify(json)));
}

/** A document counts by its text; one given as a file by the length of the file. */
function sizeOfDocument({ source }: DocumentBlock): PromptSize {
  if (source?.bytes) return { bytes: Buffer.byteLength(source.bytes, 'base64'), images: 0 };
  const parts = [source?.text, ...(source?.content ?? []).map(({ text }) => text)];
  return parts.map(sizeOfText).reduce(addSizes, emptyPrompt);
}

function sizeOfText(text: string | null | undefined): PromptSize {
  return text ? { bytes: Buffer.byteLength(text), images: 0 } : emptyPrompt;
}
