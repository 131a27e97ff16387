import { test } from 'vitest';
import type { CatalogueModel } from '../../../catalogue/catalogue.ts';
import { parseBody } from '../body.ts';
import { type Call, createCall } from '../call.ts';
import { toConverse } from '../claude-body.ts';
import { readInvokeHeaders } from '../invoke-headers.ts';
import { createTargetFinder } from '../model-ids.ts';
import { createRuleSet } from '../rules.ts';
import { claude, testModels } from '../test-models.ts';
import { findRefusal } from './find-refusal.ts';
import type { RuleSet } from './rule.ts';

/** The smallest request that breaks a rule, and what it is refused with. */
export interface RuleCase {
  readonly id: string;
  /** Laid over a request with one short user message. */
  readonly body?: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** A Claude when not given. */
  readonly model?: CatalogueModel;
  /** The id sent, when it is not the model's own. */
  readonly modelId?: string;
  readonly operation?: Call['operation'];
  /** Laid over a body of InvokeModel, in place of `body`. */
  readonly native?: Readonly<Record<string, unknown>>;
  /** Of InvokeModel. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly status?: number;
  readonly type?: string;
  /** What other rules still say of this request when its rule is unplugged; nothing when not given. */
  readonly otherwise?: string;
}

/** Content blocks that many cases need. */
export const hello = { text: 'Hello' };
const emptySchema = { json: { type: 'object' } };
export const tools = [{ toolSpec: { name: 'look', inputSchema: emptySchema } }];
export const cachePoint = { cachePoint: { type: 'default' } };
export function user(...content: readonly unknown[]) {
  return { role: 'user', content };
}
export function assistant(...content: readonly unknown[]) {
  return { role: 'assistant', content };
}
export function toolUse(toolUseId: string, input: unknown = {}) {
  return { toolUse: { toolUseId, name: 'look', input } };
}
export function toolResult(toolUseId: string, ...content: readonly unknown[]) {
  return { toolResult: { toolUseId, content } };
}

const invokeBody = {
  anthropic_version: 'bedrock-2023-05-31',
  max_tokens: 100,
  messages: [{ role: 'user', content: 'Hello' }],
};
const bytesOf = (json: unknown) => Buffer.from(JSON.stringify(json));

const findTarget = createTargetFinder(testModels);
export const allRules = createRuleSet(findTarget);

/** For each rule of a layer: its case is refused in exactly these words, and no longer so when the rule is unplugged. */
export function testLayer(layer: keyof RuleSet, cases: readonly RuleCase[]): void {
  test(`every rule of the layer ${layer} has a case`, ({ expect }) => {
    expect(cases.map(({ id }) => id)).toEqual(allRules[layer].map(({ id }) => id));
  });
  test.for(cases)('$id refuses in the words of the service', (ruleCase, { expect }) => {
    const { text, status = 400, type = 'ValidationException' } = ruleCase;
    expect(refusalOf(allRules, ruleCase)).toEqual({ message: text, status, type });
  });
  test.for(cases)('$id is what refuses', (ruleCase, { expect }) => {
    const without = { ...allRules, [layer]: allRules[layer].filter(({ id }) => id !== ruleCase.id) };
    expect(refusalOf(without, ruleCase)?.message).toBe(ruleCase.otherwise);
  });
}

/** What the rules say of a request with one short user message and `body` laid over it. */
export function refusalOf(rules: RuleSet, ruleCase: Omit<RuleCase, 'id' | 'text'>) {
  const { body, native, model = claude, modelId = model.id, operation = 'Converse' } = ruleCase;
  const target = createTargetFinder([...testModels, model])(modelId);
  const call = native
    ? createNative({ ...invokeBody, ...native }, ruleCase.headers)
    : createCall(operation, modelId, target?.model, parseBody(bytesOf({ messages: [user(hello)], ...body })));

  function createNative(told: Readonly<Record<string, unknown>>, headers = {}) {
    // What is undefined is not sent.
    const sent = JSON.parse(JSON.stringify(told));
    return createCall('InvokeModel', modelId, target?.model, toConverse(sent, readInvokeHeaders(headers)), sent);
  }
  const refusal = findRefusal(rules, call);
  return refusal && { message: refusal.message, status: refusal.status, type: refusal.type };
}
