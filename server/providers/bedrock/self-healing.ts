import { betaOfToolMember } from './claude-betas.ts';
import { isObject, type JsonObject, textAt } from './json.ts';
import { betaFlags, claudeBetaFlags, findRemovable } from './removable-fields.ts';

/** What AWS said of a request it refused. */
export interface Refusal {
  readonly name: string;
  readonly message: string;
}

/** A request without what the model does not have. */
export interface Removal {
  /** Names of findRemovable, to be remembered of the model; empty where the fault is this one conversation's. */
  readonly fields: readonly string[];
  /** As OpenAI's clients know them. */
  readonly reported: readonly string[];
  readonly body: JsonObject;
}

/**
 * What to take out of a refused Converse request so that the model takes it: exactly what AWS names, and only where AWS
 * says that the model does not have it. A wrong value is never repaired. Pure.
 */
export function findRemoval(refusal: Refusal, body: JsonObject): Removal | undefined {
  if (refusal.name !== 'ValidationException' && refusal.name !== 'AccessDeniedException') return undefined;
  const said = modelsWords(refusal.message);
  for (const { text, names, isOfConversation } of rules) {
    const match = text.exec(said);
    if (!match) continue;
    const fields = names(match, body);
    const removal = fields && removeFields(fields, body);
    // All of what AWS names, or nothing: half a repair is refused again.
    if (fields === undefined || removal?.removed.length !== fields.length) return undefined;
    return { fields: isOfConversation ? [] : fields, reported: removal.reported, body: removal.body };
  }
  return undefined;
}

/** Takes out what of these is there; undefined when nothing is. Names that are not known (any more) are passed over. */
export function removeFields(
  names: readonly string[],
  body: JsonObject,
):
  | { readonly removed: readonly string[]; readonly reported: readonly string[]; readonly body: JsonObject }
  | undefined {
  const removed: string[] = [];
  const reported = new Set<string>();
  let rest = body;
  for (const name of new Set(names)) {
    const taken = findRemovable(name)?.(rest);
    if (taken === undefined) continue;
    rest = taken.body;
    removed.push(name);
    for (const each of taken.reported) reported.add(each);
  }
  return removed.length === 0 ? undefined : { removed, reported: [...reported], body: rest };
}

interface Rule {
  /** Matches the whole text: what AWS only quotes from the request must not pass for its own words. */
  readonly text: RegExp;
  /** Names of findRemovable; undefined where one of what AWS names may not be removed. */
  readonly names: (match: RegExpExecArray, body: JsonObject) => readonly string[] | undefined;
  readonly isOfConversation?: boolean;
}

/** Texts as users of Bedrock reported them; the simulator refuses in the same words. */
const rules: readonly Rule[] = [
  {
    text: /^This model doesn['’]t support the ([\w.]{1,80}) field\. Remove \1 and try again\.$/,
    names: ([, path = '']) => one(conversePaths.get(path.replace(/^(inferenceConfig|toolConfig)\./, ''))),
  },
  {
    text: /^Malformed input request: ((?:#[\w/]{0,80}: extraneous key \[\w{1,80}\] is not permitted[,; ]*){1,50})please reformat your input and try again\.$/,
    names: ([, violations = '']) => {
      const found = violations.matchAll(/#([\w/]*): extraneous key \[(\w+)\]/g);
      const names = [...found].map(([, path = '', key = '']) => ofJsonSchema(path, key));
      return names.every((name) => name !== undefined) ? [...new Set(names)] : undefined;
    },
  },
  { text: /^([\w.]{1,120}): Extra inputs are not permitted$/, names: ([, path = '']) => one(ofAnthropic(path)) },
  {
    text: /^`(temperature|top_p|top_k)` is deprecated for this model\.$/,
    names: ([, name = '']) => one(ofAnthropic(name)),
  },
  {
    text: /^`temperature` and `top_p` cannot both be specified for this model\. Please use only one\.$/,
    names: () => ['topP beside temperature'],
  },
  {
    text: /^invalid beta flag$/,
    names: (_, body) => {
      const own = claudeBetaFlags(body);
      return [own === '' ? `anthropic_beta:${betaFlags(body)}` : `claude.betas:${own}`];
    },
  },
  {
    // A tool of Anthropic's that this model does not know.
    text: /^tools\.\d+: Input tag '(\w{1,80})' found using 'type' does not match any of the expected tags: [\w', ]{1,2000}$/,
    names: ([, type = '']) => [`claude.tools:${type}`],
  },
  {
    text: /^You invoked an unsupported model or your request did not allow prompt caching\.$/,
    names: () => ['cachePoint'],
  },
  {
    text: /^User messages cannot contain reasoning content\. Please remove the reasoning content and try again\.$/,
    names: () => ['reasoningContent'],
  },
  {
    // Thinking of another model's, or changed on its way through the client, or not what this model gave out sealed.
    text: /^messages\.\d+\.content\.\d+(: Invalid `signature` in `thinking` block|: Invalid `data` in `redacted_thinking` block|\.thinking\.signature: Field required)$/,
    names: () => ['reasoningContent'],
    isOfConversation: true,
  },
  {
    text: /^"thinking\.type\.enabled" is not supported for this model\. Use "thinking\.type\.adaptive" and "output_config\.effort" to control thinking behavior\.$/,
    names: () => ['thinking.enabled'],
  },
  {
    text: /^tool_choice: type "tool" and "any" are not supported for this model\.$/,
    names: () => ['toolChoice'],
  },
  { text: /^Latency performance configuration is not supported for \S{1,2048}$/, names: () => ['performanceConfig'] },
  {
    // AWS's text for a tier that the model does not have. Who asks for reserved capacity is told that there is none.
    text: /^Reservation not found\.$/,
    names: (_, { serviceTier }) => {
      const type = textAt(serviceTier, 'type');
      return type === 'flex' || type === 'priority' ? [`serviceTier:${type}`] : undefined;
    },
  },
];

/** Converse's own names, without inferenceConfig and toolConfig, which AWS writes before some. */
const conversePaths: ReadonlyMap<string, string> = new Map([
  ['temperature', 'temperature'],
  ['topP', 'topP'],
  ['stopSequences', 'stopSequences'],
  ['toolChoice', 'toolChoice'],
  ['toolChoice.any', 'toolChoice.any'],
  ['toolChoice.tool', 'toolChoice.tool'],
  ['strict', 'toolSpec.strict'],
  ['toolSpec.strict', 'toolSpec.strict'],
  ['tools.toolSpec.strict', 'toolSpec.strict'],
  ['cachePoint', 'cachePoint'],
  ['tools.cachePoint', 'cachePoint in tools'],
  ['cachePoint.ttl', 'cachePoint.ttl'],
  ['status', 'toolResult.status'],
  ['toolResult.status', 'toolResult.status'],
  ['reasoningContent', 'reasoningContent'],
  ['reasoningContent.reasoningText.signature', 'reasoningContent'],
  ['reasoningContent.redactedContent', 'reasoningContent'],
  ['outputConfig.effort', 'effort'],
  ['performanceConfig', 'performanceConfig'],
  ['performanceConfig.latency', 'performanceConfig'],
  ['additionalModelResponseFieldPaths', 'additionalModelResponseFieldPaths'],
]);

/** Where the validator of Nova and others found a key too many: JSON pointers into the body, numbers written as N. */
const jsonSchemaPaths: ReadonlyMap<string, string> = new Map([
  ['/inferenceConfig temperature', 'temperature'],
  ['/inferenceConfig topP', 'topP'],
  ['/inferenceConfig stopSequences', 'stopSequences'],
  ['/inferenceConfig topK', 'additional:inferenceConfig'],
  ['/toolConfig toolChoice', 'toolChoice'],
  ['/toolConfig/toolChoice any', 'toolChoice.any'],
  ['/toolConfig/toolChoice tool', 'toolChoice.tool'],
  ['/toolConfig/tools/N cachePoint', 'cachePoint in tools'],
  ['/toolConfig/tools/N/toolSpec strict', 'toolSpec.strict'],
  ['/system/N cachePoint', 'cachePoint in system'],
  ['/messages/N/content/N cachePoint', 'cachePoint in messages'],
  ['/messages/N/content/N reasoningContent', 'reasoningContent'],
  ['/messages/N/content/N/toolResult status', 'toolResult.status'],
]);

function ofJsonSchema(path: string, key: string): string | undefined {
  return path === '' ? `additional:${key}` : jsonSchemaPaths.get(`${path.replaceAll(/\/\d+/g, '/N')} ${key}`);
}

/** Paths in the words of Anthropic's API, which the Claudes use behind Converse too; numbers written as N. */
const anthropicPaths: ReadonlyMap<string, string> = new Map([
  ['temperature', 'temperature'],
  ['top_p', 'topP'],
  ['stop_sequences', 'stopSequences'],
  ['tools.N.strict', 'toolSpec.strict'],
  ['tools.N.custom.strict', 'toolSpec.strict'],
  ['output_config.effort', 'effort'],
  ['tool_choice.disable_parallel_tool_use', 'additional:tool_choice'],
]);
/** What Converse fills, or may not be removed, whatever is said of it. */
const notAdditional = new Set([
  'messages',
  'system',
  'tools',
  'max_tokens',
  'metadata',
  'tool_choice',
  'output_config',
]);

function ofAnthropic(path: string): string | undefined {
  const general = path.replaceAll(/\.\d+(?=\.|$)/g, '.N');
  const known = anthropicPaths.get(general);
  if (known !== undefined) return known;
  if (/\.cache_control(\.ephemeral)?\.ttl$/.test(general)) return 'cachePoint.ttl';
  const ofTool = /^tools\.N(?:\.custom)?\.(\w+)$/.exec(general)?.[1];
  if (ofTool !== undefined && betaOfToolMember.has(ofTool)) return `claude.toolFields:${ofTool}`;
  const cached = /^(tools|system|messages)\..*\.?cache_control$/.exec(general);
  if (cached) return `cachePoint in ${cached[1]}`;
  return path.includes('.') || notAdditional.has(path) ? undefined : `additional:${path}`;
}

function one(name: string | undefined): readonly string[] | undefined {
  return name === undefined ? undefined : [name];
}

const modelPrefix = 'The model returned the following errors: ';

/** What the model itself said, without what Bedrock puts around it: a sentence before it, and sometimes Anthropic's JSON. */
function modelsWords(message: string): string {
  const text = (message.startsWith(modelPrefix) ? message.slice(modelPrefix.length) : message).trim();
  if (!text.startsWith('{')) return text;
  try {
    const told: unknown = JSON.parse(text);
    return isObject(told) ? (textAt(told['error'], 'message') ?? text) : text;
  } catch {
    return text;
  }
}
