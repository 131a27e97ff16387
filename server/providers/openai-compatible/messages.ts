import { invalidRequest } from '../../errors.ts';
import type {
  AssistantMessage,
  DocumentPart,
  Message,
  ResultPart,
  SearchResultPart,
  TextPart,
  UserMessage,
} from '../../model/request.ts';
import { tellSearchResult } from '../search-results.ts';

/** Documents that are text; servers of this kind read no others. */
const textFormats: readonly DocumentPart['format'][] = ['txt', 'md', 'csv', 'html'];

/**
 * Messages as OpenAI's chat completions have them. One message of the waist can be several of OpenAI's: each tool result
 * is one of its own, and files in results stand in the user message after them, for a tool message holds text only.
 * @param dropped takes the names of what has no place there
 * @throws GatewayError 400 `unsupported_content` for a video, and for a document that is not text
 */
export function encodeMessages(messages: readonly Message[], dropped: Set<string>): object[] {
  return messages.flatMap((message) => {
    if (message.role === 'system') return [{ role: 'system', content: joined(message.content) }];
    return message.role === 'user' ? encodeUser(message, dropped) : [encodeAssistant(message, dropped)];
  });
}

function encodeUser({ content }: UserMessage, dropped: Set<string>): object[] {
  const results = content.filter((part) => part.type === 'tool-result');
  if (results.some(({ isError }) => isError)) dropped.add('messages.is_error');
  const told = results.map((part) => {
    const texts = part.content.flatMap((inner) => (isWritten(inner) ? [{ text: written(inner, dropped) }] : []));
    return { role: 'tool', tool_call_id: part.toolCallId, content: joined(texts) };
  });
  const files = results.flatMap((part) => part.content.filter((inner) => !isWritten(inner)));
  const rest = [...files, ...content.filter((part) => part.type !== 'tool-result')];
  return rest.length === 0 ? told : [...told, { role: 'user', content: encodeContent(rest, dropped) }];
}

/** A plain text where there is nothing else, which every server takes. */
function encodeContent(parts: readonly ResultPart[], dropped: Set<string>): string | object[] {
  const encoded = parts.map((part) => encodePart(part, dropped));
  const texts = encoded.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  return texts.length === encoded.length ? texts.join('') : encoded;
}

type ChatPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image_url'; readonly image_url: { readonly url: string } }
  | { readonly type: 'input_audio'; readonly input_audio: { readonly data: string; readonly format: string } };

function isWritten(part: ResultPart): part is TextPart | SearchResultPart {
  return part.type === 'text' || part.type === 'search-result';
}

function written(part: TextPart | SearchResultPart, dropped: Set<string>): string {
  return part.type === 'text' ? part.text : tellSearchResult(part, dropped);
}

function encodePart(part: ResultPart, dropped: Set<string>): ChatPart {
  switch (part.type) {
    case 'text':
    case 'search-result':
      return { type: 'text', text: written(part, dropped) };
    case 'image':
      return { type: 'image_url', image_url: { url: `data:image/${part.format};base64,${part.data}` } };
    case 'audio':
      return { type: 'input_audio', input_audio: { data: part.data, format: part.format } };
    case 'document':
      return { type: 'text', text: readDocument(part) };
    case 'remote-image':
      // The server would fetch it from inside the operator's network.
      throw unsupported(`${part.path}: this model’s server is sent no addresses; send the image itself.`, part.path);
    case 'video':
      throw unsupported('messages: this model’s server takes no video; leave it out, or choose another model.');
  }
}

function readDocument({ format, name, data }: DocumentPart): string {
  if (!textFormats.includes(format)) {
    throw unsupported(
      `messages: this model’s server takes no ${format} document; send its text, or choose another model.`,
    );
  }
  const text = Buffer.from(data, 'base64').toString('utf8');
  return name === undefined ? text : `${name}\n\n${text}`;
}

function encodeAssistant({ content }: AssistantMessage, dropped: Set<string>): object {
  const texts = content.filter((part) => part.type === 'text');
  const reasoning = content.filter((part) => part.type === 'reasoning');
  if (content.some(({ type }) => type === 'redacted-reasoning')) dropped.add('messages.reasoning_details');
  const toolCalls = content.flatMap((part) =>
    part.type === 'tool-call'
      ? [{ id: part.id, type: 'function', function: { name: part.name, arguments: JSON.stringify(part.input) } }]
      : [],
  );
  return {
    role: 'assistant',
    content: texts.length === 0 ? null : joined(texts),
    ...(reasoning.length > 0 && { reasoning_content: joined(reasoning) }),
    ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
  };
}

function joined(parts: readonly { readonly text: string }[]): string {
  return parts.map(({ text }) => text).join('');
}

function unsupported(message: string, param = 'messages') {
  return invalidRequest(message, param, 'unsupported_content');
}
