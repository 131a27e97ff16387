import { isObject, type JsonObject } from '../../server/dialects/json-object.ts';

/** What is known of the machine on which a recording was made. */
export interface Traces {
  /** The folder in which the client ran. */
  readonly folder: string;
  /** YYYY-MM-DD. */
  readonly today: string;
}

/** Longer texts are somebody's prose: of a client's maker, mostly. */
const longestText = 120;
const longestDescription = 40;

/** Sealed parts of an answer, which come back in the next request: whoever replays puts in those of his own answer. */
const sealed: readonly string[] = ['encrypted_content', 'signature'];

/** Fields with JSON in a text, which is short. */
const jsonTexts: readonly string[] = ['arguments', 'user_id'];

/** Ids that a client or the gateway makes anew each time: they are numbered in the order in which they come. */
const freshIds =
  /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=\b(?:tooluse|call|ses|msg|fc|fco|rs)_)[\w-]{16,}|\b[0-9a-f]{64}\b/g;

/**
 * A recorded body without what is somebody else's or this machine's: long texts and descriptions are replaced by their
 * length, ids by numbers, folders and dates by placeholders. Names, roles, flags, schemas and markers for the simulator
 * stay. `body` is parsed JSON.
 */
export function anonymise(body: JsonObject, traces: Traces): JsonObject {
  const ids = new Map<string, string>();
  const numbered = (id: string) => {
    const known = ids.get(id) ?? String(ids.size + 1).padStart(4, '0');
    ids.set(id, known);
    return known;
  };
  const plain = (text: string) =>
    text
      .replaceAll(`${traces.folder}/work`, '/project')
      .replaceAll(traces.folder, '/project')
      .replaceAll(traces.today, '2026-01-01')
      .replaceAll(freshIds, numbered)
      .replaceAll(/(?<=Chunk ID: )\w+/g, '000000')
      .replaceAll(/(?<=Wall time: )[\d.]+/g, '0.0000');
  const clean = (value: unknown, name: string): unknown => {
    if (typeof value === 'string') return cleanText(value, name, plain);
    if (Array.isArray(value)) return value.map((each) => clean(each, name));
    return isObject(value) ? cleanObject(value, name) : value;
  };
  const cleanObject = (object: JsonObject, place: string): JsonObject => {
    const members = Object.entries(object);
    // Codex keeps it in a map without order.
    if (place === 'client_metadata') members.sort(([left], [right]) => (left < right ? -1 : 1));
    return Object.fromEntries(members.map(([name, value]) => [name, clean(value, name)]));
  };
  return cleanObject(body, '');
}

function cleanText(text: string, name: string, plain: (text: string) => string): string {
  if (sealed.includes(name)) return `<${name}>`;
  if (text.includes('[[sim:') || jsonTexts.includes(name)) return plain(text);
  const limit = name === 'description' ? longestDescription : longestText;
  if (text.length <= limit) return plain(text);
  const [, tag] = /^<([\w -]+)>/.exec(text) ?? [];
  // Roughly: the names of models and folders are in these texts.
  const length = Number(text.length.toPrecision(2)).toLocaleString('en-US');
  const placeholder = `<text of ${length} characters>`;
  return tag === undefined ? placeholder : `<${tag}>${placeholder}</${tag}>`;
}

/** Headers of a client that say how its body is meant, or who it is. */
const toldHeaders = ['anthropic-beta', 'anthropic-version', 'originator', 'accept', 'x-app', 'x-codex-beta-features'];

/** Of a request's headers those that matter; of the user agent only the program and its version. */
export function anonymiseHeaders(headers: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const told = toldHeaders.flatMap((name): [string, string][] => {
    const value = headers[name];
    return typeof value === 'string' ? [[name, value]] : [];
  });
  const agent = String(headers['user-agent'] ?? '').split(' ')[0] ?? '';
  return Object.fromEntries([...told, ['user-agent', agent]]);
}
