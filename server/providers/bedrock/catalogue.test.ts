import { test } from 'vitest';
import type { CatalogueModel } from '../../catalogue/catalogue.ts';
import { parseCatalogueFile } from '../../catalogue/file.ts';
import catalogueFile from '../../catalogue/models.json' with { type: 'json' };
import { parseBody } from '../../local/bedrock/body.ts';
import { createCall } from '../../local/bedrock/call.ts';
import { createTargetFinder } from '../../local/bedrock/model-ids.ts';
import { findRefusal } from '../../local/bedrock/rules/find-refusal.ts';
import { createRuleSet } from '../../local/bedrock/rules.ts';
import { efforts, type ModelRequest } from '../../model/request.ts';
import { clampOutputTokens } from '../../money/estimate.ts';
import { shouldStream } from './operation.ts';
import { encodeConverseRequest } from './request.ts';
import { calling, callWith, look, result, text, user } from './test-calls.ts';

// Whatever a client asks of a model of the catalogue, the simulator has nothing to refuse.

const { models } = parseCatalogueFile(catalogueFile);
const findTarget = createTargetFinder(models);
const rules = createRuleSet(findTarget);

/** One model for each combination of what requests are written by. */
const different = new Map(models.map((model) => [JSON.stringify([model.maker, model.capabilities]), model]));

const schema = {
  type: 'object',
  properties: {
    city: { type: 'string', minLength: 1 },
    at: { $ref: '#/$defs/point' },
    n: { type: 'integer', minimum: 1, maximum: 9 },
    tags: { type: 'array', items: { type: 'string' }, maxItems: 3 },
  },
  required: ['city', 'at', 'n', 'tags'],
  $defs: { point: { type: 'object', properties: { x: { type: 'number' } }, required: ['x'] } },
} as const;
const strict = { ...look, name: 'look.up', inputSchema: schema, strict: true } as const;
const cached = { ...look, name: 'now', description: '', inputSchema: {} } as const;
const history = [user('Look!'), calling('I will.', 'a'), result('a', 'ok')];

const toolRequests: readonly Partial<ModelRequest>[] = [
  { tools: [look, strict, cached] },
  { tools: [look], toolChoice: { type: 'required' }, parallelToolCalls: false },
  { tools: [look, strict], toolChoice: { type: 'tool', name: 'look.up' }, parallelToolCalls: false },
  { tools: [look, strict], toolChoice: { type: 'allowed', mode: 'required', names: ['look.up'] } },
  { tools: [look, strict], toolChoice: { type: 'allowed', mode: 'auto', names: ['look.up'] } },
  { tools: [look], toolChoice: { type: 'none' }, messages: history },
  { tools: [look], messages: history, parallelToolCalls: false },
];
const formats: readonly Partial<ModelRequest>[] = [
  { outputFormat: { type: 'json' } },
  { outputFormat: { type: 'json-schema', name: 'a b', description: '', schema } },
  { outputFormat: { type: 'json-schema', name: 'open', description: 'Any', schema: { type: 'object' } } },
];
const settings: readonly Partial<ModelRequest>[] = [
  {},
  { temperature: 2, topP: 0.9, topK: 7, stopSequences: ['END', '\n', ''], verbosity: 'low' },
  { temperature: 1 },
  { messages: history, system: text('Be kind.') },
];
const wishes: readonly ModelRequest['reasoning'][] = [
  undefined,
  { effort: undefined, budgetTokens: undefined },
  ...efforts.map((effort) => ({ effort, budgetTokens: undefined })),
  ...[1, 2_000, 100_000].map((budgetTokens) => ({ effort: undefined, budgetTokens })),
];

function requestsFor({ capabilities }: CatalogueModel): readonly Partial<ModelRequest>[] {
  const plain = [...settings, ...formats, ...formats.map((format) => ({ ...format, messages: history }))];
  const tooled = capabilities.tools
    ? [...toolRequests, ...formats.map((format) => ({ ...format, tools: [look, strict] }))]
    : [];
  return wishes.flatMap((reasoning) => [...plain, ...tooled].map((request) => ({ ...request, reasoning })));
}

test.for([...different.values()].map((model) => [model.id, model] as const))(
  '%s refuses nothing',
  ([, model], { expect }) => {
    const refused: unknown[] = [];
    for (const fields of requestsFor(model)) {
      for (const [stream, cap] of [
        [false, 1],
        [true, 1_024],
        [false, 3_000],
        [true, 1_000_000],
      ] as const) {
        const call = callWith({ ...fields, stream }, model, clampOutputTokens(cap, model));
        const modelId = model.onDemand ? model.id : `${model.profiles[0]}.${model.id}`;
        const { body } = encodeConverseRequest(call);
        const operation = shouldStream(call) ? 'ConverseStream' : 'Converse';
        const parsed = parseBody(Buffer.from(JSON.stringify(body)));
        const refusal = findRefusal(rules, createCall(operation, modelId, model, parsed));
        if (refusal) refused.push([refusal.message, fields, body]);
      }
    }
    expect(refused.slice(0, 1)).toEqual([]);
  },
);
