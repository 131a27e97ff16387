import type { Capabilities } from '../../catalogue/catalogue.ts';
import { type GatewayError, invalidRequest } from '../../errors.ts';
import type { DocumentPart, ResultPart, SearchResultPart } from '../../model/request.ts';
import { tellSearchResult } from '../search-results.ts';
import type { DocumentNames } from './document-names.ts';

export interface ContentOptions {
  readonly capabilities: Capabilities;
  /** The model's short name, for messages. */
  readonly alias: string;
  readonly documentNames: DocumentNames;
  /** Whether the model cites what it was given, and reads what is said of a document beside its text. */
  readonly cites: boolean;
  readonly dropped: Set<string>;
}

/** A text or file as Converse's content block. @throws GatewayError 400 `unsupported_content` for what the model does not read */
export function encodeContent(part: ResultPart, options: ContentOptions): object {
  const { capabilities, alias } = options;
  switch (part.type) {
    case 'text':
      return { text: part.text };
    case 'image':
      if (!capabilities.vision) throw unread('images', alias, part.path);
      return { image: { format: part.format, source: { bytes: part.data } } };
    case 'document':
      return encodeDocument(part, options);
    case 'search-result':
      return encodeSearchResult(part, options);
    case 'audio':
      if (!capabilities.audio) throw unread('sound', alias, part.path);
      return { audio: { format: part.format, source: { bytes: part.data } } };
    case 'video':
      if (!capabilities.video) throw unread('film', alias, part.path);
      return { video: { format: part.format, source: { bytes: part.data } } };
    case 'remote-image':
      throw new Error('a remote image was not fetched');
  }
}

/** What is text anyway is told as text to a model that reads no documents. */
const readable: readonly DocumentPart['format'][] = ['txt', 'md', 'csv', 'html'];

function encodeDocument(part: DocumentPart, options: ContentOptions): object {
  const { capabilities, alias, documentNames } = options;
  const name = documentNames.nameOf(part);
  if (capabilities.documents) {
    const { format, data } = part;
    return { document: { name, format, source: { bytes: data }, ...aboutDocument(part, options) } };
  }
  if (!readable.includes(part.format)) throw unread(`${part.format.toUpperCase()} documents`, alias, part.path);
  return { text: `<document name="${name}">\n${Buffer.from(part.data, 'base64').toString('utf8')}\n</document>` };
}

/** Bedrock refuses citations of other formats. For models that cite nothing all this has been reported already. */
const citable: readonly DocumentPart['format'][] = ['pdf', 'txt'];

function aboutDocument({ format, context, citations }: DocumentPart, { cites, dropped }: ContentOptions): object {
  if (!cites) return {};
  const isCited = citations === true && citable.includes(format);
  if (citations && !isCited) dropped.add('messages.content.citations');
  return { ...(context && { context }), ...(isCited && { citations: { enabled: true } }) };
}

function encodeSearchResult(part: SearchResultPart, { cites, dropped }: ContentOptions): object {
  const { source, title, citations } = part;
  const content = part.content.filter(({ text }) => text.trim() !== '').map(({ text }) => ({ text }));
  if (!cites) return { text: tellSearchResult(part, dropped) };
  return { searchResult: { source, title, content, citations: { enabled: citations } } };
}

function unread(kind: string, alias: string, path = 'messages'): GatewayError {
  const message = `${path}: ${alias} reads no ${kind}. Leave them out, or choose another model: GET /v1/models says what each can.`;
  return invalidRequest(message, path, 'unsupported_content');
}

/** What stands for a file where only text can be told. */
export function describeContent(part: ResultPart): string {
  if (part.type === 'search-result') return tellSearchResult(part, new Set());
  return part.type === 'text' ? part.text : `[${part.type === 'remote-image' ? 'image' : part.type}]`;
}
