import * as fc from 'fast-check';
import { test } from 'vitest';
import type { CatalogueModel } from '../../catalogue/catalogue.ts';
import { parseCatalogueFile } from '../../catalogue/file.ts';
import catalogueFile from '../../catalogue/models.json' with { type: 'json' };
import { GatewayError } from '../../errors.ts';
import { parseBody } from '../../local/bedrock/body.ts';
import { createCall } from '../../local/bedrock/call.ts';
import { createTargetFinder } from '../../local/bedrock/model-ids.ts';
import { findRefusal } from '../../local/bedrock/rules/find-refusal.ts';
import { createRuleSet } from '../../local/bedrock/rules.ts';
import type { ModelRequest } from '../../model/request.ts';
import { clampOutputTokens } from '../../money/estimate.ts';
import { encodeConverseRequest } from './request.ts';
import { histories } from './test-histories.ts';

const { models } = parseCatalogueFile(catalogueFile);
const findTarget = createTargetFinder(models);
const rules = createRuleSet(findTarget);

function idOf({ id, onDemand, profiles }: CatalogueModel): string {
  return onDemand ? id : `${profiles[0]}.${id}`;
}

function encode(request: ModelRequest, model: CatalogueModel) {
  const target = { provider: 'bedrock', modelId: idOf(model), model, price: null } as const;
  const maxOutputTokens = clampOutputTokens(4_096, model);
  return encodeConverseRequest({ target, request, maxOutputTokens, guardrail: undefined, metadata: {} });
}

/** What Bedrock would say of the body; undefined when it takes it. */
function refusalOf(body: object, model: CatalogueModel, stream: boolean): string | undefined {
  const parsed = parseBody(Buffer.from(JSON.stringify(body)));
  return findRefusal(rules, createCall(stream ? 'ConverseStream' : 'Converse', idOf(model), model, parsed))?.message;
}

/** The 400 of ours, with the field it names; any other error is thrown on. */
function attempt(request: ModelRequest, model: CatalogueModel) {
  try {
    return encode(request, model);
  } catch (error) {
    if (error instanceof GatewayError && error.status === 400 && error.param) return undefined;
    throw error;
  }
}

const aliases = [
  'claude-3-opus',
  'claude-3-5-sonnet',
  'claude-sonnet-4-5',
  'claude-opus-4-6',
  'claude-opus-4-8',
  'claude-opus-5-5',
  'nova-pro',
  'nova-2-lite',
  'llama3-3-70b-instruct',
  'llama4-scout-17b-instruct',
  'pixtral-large',
  'mixtral-8x7b-instruct',
  'voxtral-small-24b',
  'gpt-oss-20b',
  'gpt-5.4',
  'kimi-k2.5',
  'jamba-1-5-mini',
  'palmyra-x5',
];

test.for(aliases)('%s gets any history as it takes it, or the caller a 400 with a field', async (alias, { expect }) => {
  const model = models.find((each) => each.alias === alias);
  if (!model) throw new Error(`${alias} is not in the catalogue`);
  let sent = 0;
  await fc.assert(
    fc.property(histories, (request) => {
      const { tools, ...rest } = request;
      const encoded = attempt(model.capabilities.tools ? request : { ...rest, tools: [] }, model);
      if (!encoded) return;
      sent++;
      // Models without tools in streams are called without a stream by the provider.
      const stream = request.stream && model.capabilities.streamingTools;
      expect(refusalOf(encoded.body, model, stream)).toBeUndefined();
    }),
    { numRuns: 400 },
  );
  // Most are sent: a refusal of ours has to have a reason.
  expect(sent).toBeGreaterThan(60);
});
