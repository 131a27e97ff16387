import type { DocumentPart, ModelRequest, Tool, UserPart } from '../../model/request.ts';
import { reportClaudeFields, withoutClaude, withoutClaudeFields, withPossibleChoice } from '../claude-fields.ts';
import type { ProviderCall } from '../provider.ts';
import { bedrockNames, betaOfField, betaOfTool, betaOfToolMember, betasOf, labels } from './claude-betas.ts';
import { splitEdits } from './context-edits.ts';
import { isObject, type JsonObject, listAt, objectAt } from './json.ts';

type ClaudeFields = NonNullable<ModelRequest['claude']>;

/** What goes into Anthropic's own body beside what Converse has words for: the member `claude` of a planned body. */
export interface ClaudeExtras {
  readonly betas: readonly string[];
  /** Of the request, by their wire names. */
  readonly fields: JsonObject;
  /** Anthropic's tools by their names: each stands in place of the toolSpec of that name. */
  readonly tools: Readonly<Record<string, JsonObject>>;
  /** Other members of the toolSpec of that name. */
  readonly toolFields: Readonly<Record<string, JsonObject>>;
  /** The caller wants no tool called, which Converse cannot say. */
  readonly choosesNone: boolean;
}

interface ClaudePlan {
  /** What is sent either way. Anthropic's tools are among its tools, so that all rules for tools hold for them too. */
  readonly request: ModelRequest;
  /** undefined: the call goes to Converse. */
  readonly extras: ClaudeExtras | undefined;
}

/**
 * Whether a call goes to Claude in Anthropic's own body (decision 10): exactly when it has something that only this keeps,
 * no file that only Converse reads, and no guardrail: of InvokeModel's body a guardrail looks for attacks only in what is
 * tagged as a user's, so that a caller could switch the filter off. What is not sent is reported.
 * Source: AWS's user guide, "Tag user inputs in Amazon Bedrock Guardrails".
 */
export function planClaude(
  { request, target, guardrail }: Pick<ProviderCall, 'request' | 'target' | 'guardrail'>,
  dropped: Set<string>,
): ClaudePlan {
  const { claude: asked, ...rest } = request;
  const { model } = target;
  const isClaude = model.maker === 'anthropic';
  const canBeNative = isClaude && model.capabilities.streaming && !guardrail && !request.messages.some(hasOfficeFile);
  const claude = asked && canBeNative ? withKnownEdits(asked, dropped) : asked;
  const extras = claude && canBeNative ? takenOf(claude, request, betasOf(model)) : undefined;
  if (!claude || !extras || !hasEffect(extras)) {
    const leaveOut = isClaude ? withoutClaude : withoutClaudeFields;
    return { request: leaveOut(claude ? { ...rest, claude } : request, dropped), extras: undefined };
  }
  reportClaudeFields(lostOf(claude, extras), dropped);
  const typed = Object.values(extras.tools).map(toWaistTool);
  // Their marks for the cache stand in the waist's tools.
  const tools = mapValues(extras.tools, ({ cache_control: _, ...tool }) => tool);
  const all = { ...rest, tools: [...rest.tools, ...typed] };
  return { request: withPossibleChoice(all, dropped), extras: { ...extras, tools } };
}

/** Whether anything is asked that Converse does not keep. */
function hasEffect({ betas, fields, tools, toolFields }: ClaudeExtras): boolean {
  const hasMembers = [fields, tools, toolFields].some((each) => Object.keys(each).length > 0);
  return hasMembers || betas.some((beta) => !labels.has(beta));
}

/** Without the edits of `context_management` that are not let through. */
function withKnownEdits(claude: ClaudeFields, dropped: Set<string>): ClaudeFields {
  const { context_management: management, ...fields } = claude.fields;
  const { kept, lost } = splitEdits(management);
  if (lost.length === 0) return claude;
  for (const path of lost) dropped.add(path);
  return { ...claude, fields: kept === undefined ? fields : { ...fields, context_management: kept } };
}

/** What of it this model takes. What needs a beta brings it along, for Anthropic itself no longer asks for some of them. */
function takenOf(
  claude: ClaudeFields,
  { tools: own, toolChoice }: ModelRequest,
  taken: ReadonlySet<string>,
): ClaudeExtras {
  const betas = new Set(claude.betas.filter((beta) => taken.has(beta)));
  const isTaken = (needs: ReadonlyMap<string, string | undefined>, name: string): boolean => {
    const beta = needs.get(name);
    if (!needs.has(name) || (beta !== undefined && !taken.has(beta))) return false;
    if (beta !== undefined) betas.add(beta);
    return true;
  };
  const tools = claude.tools.flatMap((tool): [string, JsonObject][] => {
    const { type, name } = tool;
    return typeof type === 'string' && typeof name === 'string' && isTaken(betaOfTool, type) ? [[name, tool]] : [];
  });
  const toolFields = own.flatMap(({ name }): [string, JsonObject][] => {
    const members = filterMembers(memberOf(claude.toolFields, name), (member) => isTaken(betaOfToolMember, member));
    return Object.keys(members).length > 0 ? [[name, members]] : [];
  });
  return {
    fields: filterMembers(claude.fields, (name) => isTaken(betaOfField, name)),
    tools: Object.fromEntries(tools),
    toolFields: Object.fromEntries(toolFields),
    betas: [...betas],
    choosesNone: toolChoice?.type === 'none',
  };
}

/** What is not among the extras. */
function lostOf(claude: ClaudeFields, { betas, fields, tools, toolFields }: ClaudeExtras): ClaudeFields {
  const isSent = (beta: string) => [beta, ...(bedrockNames.get(beta) ?? [])].some((name) => betas.includes(name));
  return {
    betas: claude.betas.filter((beta) => !isSent(beta)),
    fields: filterMembers(claude.fields, (name) => !Object.hasOwn(fields, name)),
    tools: claude.tools.filter(({ name }) => !Object.hasOwn(tools, String(name))),
    toolFields: Object.fromEntries(
      Object.entries(claude.toolFields).map(([name, members]) => {
        const kept = memberOf(toolFields, name);
        return [name, filterMembers(members, (member) => !Object.hasOwn(kept, member))];
      }),
    ),
  };
}

/**
 * What a planned body still has of the extras, once what was refused has been taken out; undefined when that is nothing,
 * and Converse says all.
 */
export function extrasOf(body: JsonObject): ClaudeExtras | undefined {
  const claude = objectAt(body, 'claude');
  if (!claude) return undefined;
  const extras = {
    betas: listAt(claude, 'betas').flatMap((beta) => (typeof beta === 'string' ? [beta] : [])),
    fields: objectAt(claude, 'fields') ?? noMembers,
    tools: objectsIn(claude['tools']),
    toolFields: objectsIn(claude['toolFields']),
    choosesNone: claude['choosesNone'] === true,
  };
  return hasEffect(extras) ? extras : undefined;
}

function objectsIn(all: unknown): Record<string, JsonObject> {
  const members = isObject(all) ? Object.entries(all) : [];
  return Object.fromEntries(members.flatMap(([name, value]) => (isObject(value) ? [[name, value]] : [])));
}

const noMembers: JsonObject = {};

function memberOf(all: Readonly<Record<string, JsonObject>>, name: string): JsonObject {
  return (Object.hasOwn(all, name) ? all[name] : undefined) ?? noMembers;
}

function filterMembers(all: JsonObject, isKept: (name: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(all).filter(([name]) => isKept(name)));
}

function mapValues<T, U>(all: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, change(value)]));
}

function toWaistTool({ name, cache_control: control }: JsonObject): Tool {
  const tool = { name: String(name), description: undefined, inputSchema: { type: 'object' }, strict: false };
  if (!isObject(control)) return tool;
  return { ...tool, cacheAfter: control['ttl'] === '1h' ? '1h' : '5m' };
}

/** Formats Anthropic's own body has no place for: Converse makes texts of them. */
const officeFormats: ReadonlySet<DocumentPart['format']> = new Set(['doc', 'docx', 'xls', 'xlsx']);

function hasOfficeFile({ role, content }: ModelRequest['messages'][number]): boolean {
  return role === 'user' && content.some(isOfficeFile);
}

function isOfficeFile(part: UserPart): boolean {
  if (part.type === 'tool-result') return part.content.some(isOfficeFile);
  return part.type === 'document' && officeFormats.has(part.format);
}
