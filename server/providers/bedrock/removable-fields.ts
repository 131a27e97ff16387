import { betaOfField, betaOfTool, betaOfToolMember } from './claude-betas.ts';
import { isObject, type JsonObject, listAt, objectAt, textAt } from './json.ts';
import { filler } from './turns.ts';

/** A body with something taken out. */
interface Taken {
  readonly body: JsonObject;
  /** What is lost, as OpenAI's clients know it; nothing where it was the gateway's own. */
  readonly reported: readonly string[];
}

/** Takes out of a Converse request what the model does not have; undefined when that is not there. */
export type RemovableField = (body: JsonObject) => Taken | undefined;

type Change = (body: JsonObject) => JsonObject | undefined;

function reporting(reported: string | undefined, change: Change): RemovableField {
  return (body) => {
    const rest = change(body);
    return rest && { body: rest, reported: reported === undefined ? [] : [reported] };
  };
}

/**
 * A field by its name in this list, which is also how a verdict is stored; undefined for all that is not on the list.
 * There is never a guardrail, attribution, text, tool result or output schema on it: without those the answer would not be
 * the one that was asked for, or nobody would watch it.
 */
export function findRemovable(name: string): RemovableField | undefined {
  const named = fields.get(name);
  if (named) return named;
  const [kind, rest] = splitOnce(name, ':');
  if (kind === 'serviceTier') return member('service_tier', ['serviceTier', 'type'], rest);
  if (kind === 'anthropic_beta') return betas(rest);
  if (kind === 'claude.betas') return claudeBetas(rest);
  if (kind === 'claude.tools') return claudeTool(rest);
  if (kind === 'claude.toolFields') return claudeToolField(rest);
  if (kind === 'additional') return additionalField(rest);
  return undefined;
}

const hasCachePoint = (block: unknown) => isObject(block) && block['cachePoint'] !== undefined;

const fields: ReadonlyMap<string, RemovableField> = new Map([
  ['temperature', member('temperature', ['inferenceConfig', 'temperature'])],
  ['topP', member('top_p', ['inferenceConfig', 'topP'])],
  ['stopSequences', member('stop', ['inferenceConfig', 'stopSequences'])],
  ['topP beside temperature', topPBesideTemperature()],
  ['toolChoice', member('tool_choice', ['toolConfig', 'toolChoice'])],
  ['toolChoice.any', toolChoice('any')],
  ['toolChoice.tool', toolChoice('tool')],
  ['toolSpec.strict', reporting('tools.strict', (body) => mapTools(body, withoutStrict))],
  ['cachePoint', cachePoints(['tools', 'system', 'messages'])],
  ['cachePoint in tools', cachePoints(['tools'])],
  ['cachePoint in system', cachePoints(['system'])],
  ['cachePoint in messages', cachePoints(['messages'])],
  ['cachePoint.ttl', reporting('cache_control', withoutTtl)],
  ['toolResult.status', reporting('messages.is_error', withoutStatus)],
  ['reasoningContent', withoutReasoning],
  ['effort', reporting('reasoning_effort', withoutEffort)],
  ['thinking.enabled', member('reasoning_effort', ['additionalModelRequestFields', 'thinking', 'type'], 'enabled')],
  ['performanceConfig', member('performanceConfig', ['performanceConfig'])],
  ['additionalModelResponseFieldPaths', member(undefined, ['additionalModelResponseFieldPaths'])],
]);

/** What the caller calls the fields of models' own that the gateway fills from other fields. */
const callersNames: Readonly<Record<string, string>> = {
  thinking: 'reasoning_effort',
  reasoning: 'reasoning_effort',
  reasoningConfig: 'reasoning_effort',
  reasoning_effort: 'reasoning_effort',
  verbosity: 'verbosity',
  tool_choice: 'parallel_tool_calls',
  top_k: 'top_k',
  inferenceConfig: 'top_k',
};

function additionalField(key: string): RemovableField | undefined {
  // The schema of the answer may be in it; its effort is a field of its own.
  if (key === 'output_config' || key === 'tools' || key === 'anthropic_beta') return undefined;
  const reported = Object.hasOwn(callersNames, key) ? callersNames[key] : `additionalModelRequestFields.${key}`;
  const additional = member(reported, ['additionalModelRequestFields', key]);
  const ofClaude = member(key, ['claude', 'fields', key]);
  return (body) => additional(body) ?? ofClaude(body);
}

/** A member by its path. With `value` only where it has that: then the object that holds it goes. */
function member(reported: string | undefined, path: readonly string[], value?: string): RemovableField {
  if (value === undefined) return reporting(reported, (body) => without(body, path));
  const holder = path.slice(0, -1);
  return reporting(reported, (body) => (valueAt(body, path) === value ? without(body, holder) : undefined));
}

/** Exactly these flags, sorted: AWS does not say which of them it refused. What needs a flag goes with it. */
function betas(flags: string): RemovableField {
  const prefix = 'additionalModelRequestFields';
  return (body) => {
    if (betaFlags(body) !== flags || flags === '') return undefined;
    const names = ['anthropic_beta', 'context_management'];
    const reported: string[] = [];
    let rest = body;
    for (const name of names) {
      const shorter = without(rest, [prefix, name]);
      if (shorter === undefined) continue;
      rest = shorter;
      reported.push(`${prefix}.${name}`);
    }
    return { body: rest, reported };
  };
}

/** The beta flags of a body in one text, whatever their order. */
export function betaFlags(body: JsonObject): string {
  return listAt(body['additionalModelRequestFields'], 'anthropic_beta').map(String).sort().join(',');
}

/** Exactly these flags of Claude's own body, sorted, and all that needs one of them. */
function claudeBetas(flags: string): RemovableField {
  return (body) => {
    if (flags === '' || claudeBetaFlags(body) !== flags) return undefined;
    const { betas: _, ...claude } = objectAt(body, 'claude') ?? {};
    const withoutBetas = { ...body, claude };
    const fields = [...betaOfField.keys()].map((name) => member(name, ['claude', 'fields', name]));
    const tools = [...betaOfTool].flatMap(([type, beta]) => (beta === undefined ? [] : [claudeTool(type)]));
    const members = [...betaOfToolMember.keys()].map(claudeToolField);
    const reported = flags.split(',').map((flag) => `anthropic-beta.${flag}`);
    return [...fields, ...tools, ...members].reduce<Taken>(takeAlso, { body: withoutBetas, reported });
  };
}

function takeAlso({ body, reported }: Taken, remove: RemovableField): Taken {
  const taken = remove(body);
  return taken ? { body: taken.body, reported: [...reported, ...taken.reported] } : { body, reported };
}

/** The beta flags of Claude's own body in one text, whatever their order. */
export function claudeBetaFlags(body: JsonObject): string {
  return listAt(body['claude'], 'betas').map(String).sort().join(',');
}

/** Every tool of a type of Anthropic's, with the toolSpec that stands for it. */
function claudeTool(type: string): RemovableField {
  return reporting(`tools.${type}`, (body) => {
    const own = Object.entries(objectAt(body['claude'], 'tools') ?? {});
    const names = own.filter(([, tool]) => textAt(tool, 'type') === type).map(([name]) => name);
    if (names.length === 0) return undefined;
    const chosen = textAt(objectAt(objectAt(body['toolConfig'], 'toolChoice'), 'tool'), 'name');
    const rest = listAt(body['toolConfig'], 'tools').filter(
      (tool) => !names.includes(textAt(objectAt(tool, 'toolSpec'), 'name') ?? ''),
    );
    // The tool that has to be called is not left out, nor the last one: the history may tell of its calls.
    if (rest.length === 0 || (chosen !== undefined && names.includes(chosen))) return undefined;
    const claude = {
      ...objectAt(body, 'claude'),
      tools: Object.fromEntries(own.filter(([name]) => !names.includes(name))),
    };
    return { ...body, claude, toolConfig: { ...objectAt(body, 'toolConfig'), tools: rest } };
  });
}

function objectEntries(all: JsonObject = {}): readonly (readonly [string, JsonObject])[] {
  return Object.entries(all).flatMap(([name, value]) => (isObject(value) ? [[name, value] as const] : []));
}

/** A member of the caller's own tools that only Claude knows, of all of them. */
function claudeToolField(name: string): RemovableField {
  return reporting(`tools.${name}`, (body) => {
    const all = objectEntries(objectAt(body['claude'], 'toolFields'));
    if (!all.some(([, members]) => name in members)) return undefined;
    const toolFields = Object.fromEntries(all.map(([tool, members]) => [tool, without(members, [name]) ?? members]));
    return { ...body, claude: { ...objectAt(body, 'claude'), toolFields } };
  });
}

function topPBesideTemperature(): RemovableField {
  const hasTemperature = (body: JsonObject) => valueAt(body, ['inferenceConfig', 'temperature']) !== undefined;
  return reporting('top_p', (body) => (hasTemperature(body) ? without(body, ['inferenceConfig', 'topP']) : undefined));
}

function toolChoice(kind: 'any' | 'tool'): RemovableField {
  const path = ['toolConfig', 'toolChoice'];
  return reporting('tool_choice', (body) =>
    valueAt(body, [...path, kind]) === undefined ? undefined : without(body, path),
  );
}

function cachePoints(places: readonly ('tools' | 'system' | 'messages')[]): RemovableField {
  const others = (block: unknown) => (hasCachePoint(block) ? undefined : block);
  const changes = {
    tools: (body: JsonObject) => mapTools(body, others),
    system: (body: JsonObject) => mapSystem(body, others),
    messages: (body: JsonObject) => mapContent(body, others),
  };
  return reporting('cache_control', (body) => inTurn(body, ...places.map((place) => changes[place])));
}

function withoutTtl(body: JsonObject): JsonObject | undefined {
  const short = (block: unknown) => (isObject(block) ? (without(block, ['cachePoint', 'ttl']) ?? block) : block);
  return inTurn(
    body,
    (each) => mapTools(each, short),
    (each) => mapSystem(each, short),
    (each) => mapContent(each, short),
  );
}

function withoutStrict(tool: unknown): unknown {
  return isObject(tool) ? (without(tool, ['toolSpec', 'strict']) ?? tool) : tool;
}

function withoutStatus(body: JsonObject): JsonObject | undefined {
  return mapContent(body, (block) => (isObject(block) ? (without(block, ['toolResult', 'status']) ?? block) : block));
}

function withoutEffort(body: JsonObject): JsonObject | undefined {
  return inTurn(
    body,
    (each) => without(each, ['outputConfig', 'effort']),
    (each) => without(each, ['additionalModelRequestFields', 'output_config', 'effort']),
  );
}

/**
 * All thinking out of the history. A Claude with a budget then refuses to think on where the last turn calls tools
 * ("Expected `thinking` or `redacted_thinking`, but found `tool_use`"), so that it is told not to.
 */
function withoutReasoning(body: JsonObject): Taken | undefined {
  const isReasoning = (block: unknown) => isObject(block) && block['reasoningContent'] !== undefined;
  const rest = mapContent(body, (block) => (isReasoning(block) ? undefined : block));
  if (rest === undefined) return undefined;
  const reported = ['messages.reasoning_content'];
  const last = listAt(rest, 'messages').findLast((message) => textAt(message, 'role') === 'assistant');
  const calls = listAt(last, 'content').some((block) => objectAt(block, 'toolUse'));
  const path = ['additionalModelRequestFields', 'thinking'];
  const hasBudget = valueAt(rest, [...path, 'type']) === 'enabled';
  const calm = calls && hasBudget ? without(rest, path) : undefined;
  return calm ? { body: calm, reported: [...reported, 'reasoning_effort'] } : { body: rest, reported };
}

/** All changes that find something to change, one after the other; undefined when none does. */
function inTurn(body: JsonObject, ...changes: readonly Change[]): JsonObject | undefined {
  const changed = changes.reduce((each, change) => change(each) ?? each, body);
  return changed === body ? undefined : changed;
}

function valueAt(value: unknown, [name, ...rest]: readonly string[]): unknown {
  if (name === undefined) return value;
  return isObject(value) && Object.hasOwn(value, name) ? valueAt(value[name], rest) : undefined;
}

/** A copy without the member at the path, nor an object that is empty without it; undefined when there is none. */
function without(value: JsonObject, [name, ...rest]: readonly string[]): JsonObject | undefined {
  if (name === undefined || !Object.hasOwn(value, name)) return undefined;
  const { [name]: held, ...others } = value;
  if (rest.length === 0) return others;
  const inner = isObject(held) ? without(held, rest) : undefined;
  if (inner === undefined) return undefined;
  return Object.keys(inner).length === 0 ? others : { ...value, [name]: inner };
}

/** A list with each element changed, or left out for undefined; undefined when nothing changed. */
function mapList(list: readonly unknown[], change: (each: unknown) => unknown): readonly unknown[] | undefined {
  const changed = list.map(change).filter((each) => each !== undefined);
  return changed.length === list.length && changed.every((each, at) => each === list[at]) ? undefined : changed;
}

function mapTools(body: JsonObject, change: (tool: unknown) => unknown): JsonObject | undefined {
  const toolConfig = objectAt(body, 'toolConfig');
  const tools = mapList(listAt(toolConfig, 'tools'), change);
  return tools && { ...body, toolConfig: { ...toolConfig, tools } };
}

function mapSystem(body: JsonObject, change: (block: unknown) => unknown): JsonObject | undefined {
  const system = mapList(listAt(body, 'system'), change);
  return system && { ...body, system };
}

/** Bedrock takes no message without content, and no cache point without content before it. */
function mapContent(body: JsonObject, change: (block: unknown) => unknown): JsonObject | undefined {
  const messages = mapList(listAt(body, 'messages'), (message) => {
    const content = isObject(message) ? mapList(listAt(message, 'content'), change) : undefined;
    if (content === undefined || !isObject(message)) return message;
    const first = content.findIndex((block) => !hasCachePoint(block));
    return { ...message, content: first < 0 ? [{ text: filler.text }] : content.slice(first) };
  });
  return messages && { ...body, messages };
}

function splitOnce(text: string, mark: string): readonly [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + mark.length)];
}
