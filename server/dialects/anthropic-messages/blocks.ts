import type { DocumentPart, MediaPart, SearchResultPart, TextPart } from '../../model/request.ts';
import { decodeContent, inToolResult, textPart } from '../decode-content.ts';
import { aboutDocument, mediaReaders, wantsCitations } from '../decode-media.ts';
import type { JsonObject } from '../json-object.ts';
import {
  type BlockReader,
  cacheAfterOf,
  cacheFields,
  optionalText,
  type Reading,
  requireName,
  requireObject,
  requireText,
  wrong,
} from '../reading.ts';

// Blocks that only Anthropic's own API has, and what becomes of them with any other. What a model must know of the
// conversation is told as text; what only Anthropic's servers can read is left out. Both are reported by the block's type.

const within = 'messages.content';

/**
 * Left out. The tools of Anthropic's servers: their results are sealed, and what came of them stands in the answer's text.
 * And marks: which model took over, which of the tools may be called from here on (here all may, from the start).
 */
const unreadable = [
  'server_tool_use',
  'web_search_tool_result',
  'web_fetch_tool_result',
  'code_execution_tool_result',
  'bash_code_execution_tool_result',
  'text_editor_code_execution_tool_result',
  'tool_search_tool_result',
  'advisor_tool_result',
  'mcp_tool_use',
  'mcp_tool_result',
  'mcp_tool_listing',
  'fallback',
  'tool_addition',
  'tool_removal',
] as const;

/** By the block's `type`; those that every dialect reads (text, image, tool_use …) are in decode-content.ts. */
export const claudeBlocks: Readonly<Record<string, BlockReader>> = {
  ...Object.fromEntries(unreadable.map((type) => [type, leaveOut])),
  document: readDocument,
  search_result: readSearchResult,
  tool_reference: readToolReference,
  browser_state: readBrowserState,
  compaction: readCompaction,
  container_upload: refuseUpload,
};

function leaveOut({ type }: JsonObject, _path: string, { dropped }: Reading): readonly TextPart[] {
  dropped.add(`${within}.${String(type)}`);
  return [];
}

/** A block that is told to the model in words. */
function told(
  text: string,
  known: readonly string[],
  { block, path, reading }: { readonly block: JsonObject; readonly path: string; readonly reading: Reading },
): readonly TextPart[] {
  reading.dropped.add(`${within}.${String(block['type'])}`);
  reading.dropped.addUnknown(block, ['type', 'cache_control', ...known], within);
  return [{ ...textPart(text), ...cacheAfterOf(block, path, reading) }];
}

/** What a search for tools found: the model has all tools from the start, and learns which was meant. */
function readToolReference(block: JsonObject, path: string, reading: Reading): readonly TextPart[] {
  return told(`Tool: ${requireName(block, 'tool_name', path)}`, ['tool_name'], { block, path, reading });
}

function readBrowserState(block: JsonObject, path: string, reading: Reading): readonly TextPart[] {
  const { tabs, state_changes: changes } = block;
  return told(JSON.stringify({ tabs, state_changes: changes }), ['tabs', 'state_changes'], { block, path, reading });
}

/** The summary stands for the turns before it. Its seal is for Anthropic's servers; without a summary nothing was left out. */
function readCompaction(block: JsonObject, path: string, reading: Reading): readonly TextPart[] {
  const summary = optionalText(block, 'content', path);
  if (!summary) return leaveOut(block, path, reading);
  return told(summary, ['content', 'encrypted_content', 'signature', 'tool_changes'], { block, path, reading });
}

function refuseUpload(_block: JsonObject, path: string): never {
  const fault = 'no containers are kept here; send the file itself in a document or image block';
  throw wrong(`${path}.type`, fault, 'unsupported_content');
}

/** A result of a search of the caller's own, which Claude could cite. */
function readSearchResult(block: JsonObject, path: string, reading: Reading): readonly SearchResultPart[] {
  const { dropped } = reading;
  dropped.addUnknown(block, ['type', 'title', 'source', 'content', 'citations', ...cacheFields], within);
  const title = requireText(block, 'title', path);
  const source = requireText(block, 'source', path);
  const texts = textsOf(block['content'], `${path}.content`, reading);
  const citations = wantsCitations(block, path, dropped);
  const content = texts.map(textPart);
  return [{ type: 'search-result', source, title, content, citations, ...cacheAfterOf(block, path, reading) }];
}

/** @throws GatewayError 400 naming what is no list of texts */
function textsOf(content: unknown, path: string, reading: Reading): readonly string[] {
  if (!Array.isArray(content)) throw wrong(path, 'is a list of text blocks; send [{"type":"text","text":…}]');
  return decodeContent(content, path, inToolResult, reading).map((part, index) => {
    reportMark(part, reading);
    if (part.type === 'text') return part.text;
    throw wrong(`${path}[${index}].type`, 'is not a text; send {"type":"text","text":…}', 'unsupported_content');
  });
}

/** A prefix to be cached cannot end within a block: only its own mark is kept. */
function reportMark({ cacheAfter }: { readonly cacheAfter?: unknown }, { dropped }: Reading): void {
  if (cacheAfter !== undefined) dropped.add(`${within}.content.cache_control`);
}

/** Beside the sources that every dialect reads: blocks of the caller's own cutting, for citations of them. */
function readDocument(block: JsonObject, path: string, reading: Reading): readonly (TextPart | MediaPart)[] {
  const source = requireObject(block, 'source', path);
  const read = mediaReaders['document'];
  if (source['type'] !== 'content' && read) {
    return [{ ...read(block, path, reading), ...cacheAfterOf(block, path, reading) }];
  }
  reading.dropped.addUnknown(block, ['type', 'source', 'title', 'context', 'citations', ...cacheFields], within);
  reading.dropped.addUnknown(source, ['type', 'content'], `${within}.source`);
  const { content } = source;
  const at = `${path}.source.content`;
  if (typeof content !== 'string' && !Array.isArray(content)) throw wrong(at, 'is a text or a list of blocks');
  const parts = decodeContent(content, at, inToolResult, reading);
  for (const part of parts) reportMark(part, reading);
  // One text to a model here: it cites characters of it, and not the caller's own pieces.
  if (parts.length > 1 && wantsCitations(block, path, reading.dropped)) reading.dropped.add(`${within}.source.content`);
  const texts = parts.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  const text = texts.join('\n');
  const asText: DocumentPart = {
    type: 'document',
    format: 'txt',
    data: Buffer.from(text).toString('base64'),
    path: at,
    ...aboutDocument(block, path, reading),
    ...cacheAfterOf(block, path, reading),
  };
  // Images cannot stand in a document of text; they follow it.
  const images = parts.filter((part) => part.type !== 'text');
  if (text === '' && images.length === 0) throw wrong(at, 'is empty; send a text');
  return text === '' ? images : [asText, ...images];
}
