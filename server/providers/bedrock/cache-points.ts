import type { PromptCaching } from '../../catalogue/catalogue.ts';
import type { CacheTtl, ModelRequest } from '../../model/request.ts';
import { isObject } from './json.ts';

/** The parts of a Converse body that cache points stand in, in the order they make the prompt. */
export interface Prompt {
  readonly tools: readonly object[];
  readonly system: readonly object[];
  readonly messages: readonly object[];
}

interface CachePointOptions {
  readonly request: ModelRequest;
  /** null: the model takes no cache points. */
  readonly caching: PromptCaching | null;
  readonly dropped: Set<string>;
}

/** Converse takes no more in one request. */
const mostPoints = 4;

/** A block of its own, right after what it covers. Five minutes is what an entry lives unless it says otherwise. */
export function encodeCachePoint(ttl: CacheTtl): object {
  return { cachePoint: { type: 'default', ...(ttl === '1h' && { ttl }) } };
}

/**
 * The prompt with its cache points as the model takes them. Points that stand in it were asked for by the caller: they
 * keep their places, but for those that Bedrock would refuse. Without any, points are placed where a next turn is likely
 * to read them (DESIGN §7): never for a single question without tools, never for an hour, never below the model's minimum.
 */
export function placeCachePoints(prompt: Prompt, options: CachePointOptions): Prompt {
  const { request, caching, dropped } = options;
  const asked = countPoints(prompt);
  if (asked === 0) {
    return caching !== null && request.cache === 'auto' && isNextTurnLikely(request) ? placed(prompt, caching) : prompt;
  }
  if (request.cache === 'off' || caching === null) {
    // Who turned caching off knows; who asked for it in vain is told.
    if (request.cache !== 'off') dropped.add('cache_control');
    return mapPoints(prompt, () => undefined);
  }
  return legal(prompt, caching, asked, dropped);
}

/** The caller's points without those that are refused: in Nova's tools, beyond four, an hour after five minutes. */
function legal(prompt: Prompt, caching: PromptCaching, asked: number, dropped: Set<string>): Prompt {
  const inTools = caching.tools ? 0 : prompt.tools.filter(isCachePoint).length;
  // The last ones cover the most.
  const tooMany = asked - inTools - mostPoints;
  let seen = 0;
  let hasShort = false;
  if (inTools > 0 || tooMany > 0) dropped.add('cache_control');
  return mapPoints(prompt, (point, place) => {
    if (place === 'tools' && !caching.tools) return undefined;
    if (seen++ < tooMany) return undefined;
    const isLong = isHourly(point);
    // An entry that lives longer may not come after one that lives shorter.
    if (isLong && (hasShort || !caching.hourly)) {
      dropped.add('cache_control');
      hasShort = true;
      return encodeCachePoint('5m');
    }
    hasShort ||= !isLong;
    return point;
  });
}

function isNextTurnLikely({ tools, messages, cacheKey }: ModelRequest): boolean {
  return tools.length > 0 || cacheKey !== undefined || messages.some(({ role }) => role === 'assistant');
}

/** Points after the last tool, the system prompt, and the last two user turns, which are where the next turn looks. */
function placed({ tools, system, messages }: Prompt, caching: PromptCaching): Prompt {
  const point = encodeCachePoint('5m');
  const least = caching.minTokens * bytesPerToken;
  let bytes = sizeOf(tools);
  const isLongEnough = () => bytes >= least;
  // Long conversations are not measured to their end.
  const add = (blocks: readonly object[]) => {
    if (!isLongEnough()) bytes += sizeOf(blocks);
  };
  const cachedTools = caching.tools && tools.length > 0 && isLongEnough() ? [...tools, point] : tools;
  add(system);
  const cachedSystem = system.length > 0 && isLongEnough() ? [...system, point] : system;
  const userTurns = messages.flatMap((message, index) => (isUserTurn(message) ? [index] : []));
  const last = userTurns.slice(-2);
  const cachedMessages = messages.map((message, index) => {
    add([message]);
    return last.includes(index) && isLongEnough() ? withPoint(message, point) : message;
  });
  return { tools: cachedTools, system: cachedSystem, messages: cachedMessages };
}

/** About so many bytes of English or code make a token: by it a prefix is not held for longer than it is. */
const bytesPerToken = 4;

function sizeOf(blocks: readonly object[]): number {
  // What a file counts for is not its bytes; it is left out, so that a short prompt with one is not taken for a long one.
  return blocks.length === 0
    ? 0
    : Buffer.byteLength(JSON.stringify(blocks, (key, value) => (key === 'bytes' ? '' : value)));
}

function isUserTurn(message: object): boolean {
  return 'role' in message && message.role === 'user';
}

function withPoint(message: object, point: object): object {
  const content = contentOf(message);
  const last = content.at(-1);
  // Claude refuses a point right after a document that is no PDF.
  return last === undefined || isTextDocument(last) ? message : { ...message, content: [...content, point] };
}

export function isTextDocument(block: object): boolean {
  if (!('document' in block) || !isObject(block.document)) return false;
  return block.document['format'] !== 'pdf';
}

function contentOf(message: object): readonly object[] {
  return 'content' in message && Array.isArray(message.content) ? message.content : [];
}

function isCachePoint(block: object): boolean {
  return 'cachePoint' in block;
}

function isHourly(block: object): boolean {
  return 'cachePoint' in block && isObject(block.cachePoint) && block.cachePoint['ttl'] === '1h';
}

function countPoints({ tools, system, messages }: Prompt): number {
  const count = (blocks: readonly object[]) => blocks.filter(isCachePoint).length;
  return messages.reduce((sum, message) => sum + count(contentOf(message)), count(tools) + count(system));
}

/** The prompt with each of its points replaced, in its order; undefined takes one out. */
function mapPoints(
  { tools, system, messages }: Prompt,
  replace: (point: object, place: keyof Prompt) => object | undefined,
): Prompt {
  const mapped = (blocks: readonly object[], place: keyof Prompt) =>
    blocks.flatMap((block) => (isCachePoint(block) ? (replace(block, place) ?? []) : [block]));
  return {
    tools: mapped(tools, 'tools'),
    system: mapped(system, 'system'),
    messages: messages.map((message) => {
      const content = contentOf(message);
      return content.some(isCachePoint) ? { ...message, content: mapped(content, 'messages') } : message;
    }),
  };
}
