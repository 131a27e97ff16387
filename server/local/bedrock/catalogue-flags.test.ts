import { expect, test } from 'vitest';
import type { CatalogueModel } from '../../catalogue/catalogue.ts';
import { parseCatalogueFile } from '../../catalogue/file.ts';
import catalogueFile from '../../catalogue/models.json' with { type: 'json' };
import { refuses } from './rules/capability.ts';

// What reports of AWS's refusals say of models, held against the flags of the catalogue. The translator goes by the flags;
// these facts were written down from the reports, so that a flag that is wrong is found.

const { models } = parseCatalogueFile(catalogueFile);
const idsOf = (chosen: readonly CatalogueModel[]) => chosen.map(({ id }) => id);
const claudes = models.filter(({ maker }) => maker === 'anthropic');

type What = Parameters<typeof refuses>[0];

/** What some models refuse, and the flag that says a model takes it. */
const refusals: readonly (readonly [What, (capabilities: CatalogueModel['capabilities']) => boolean])[] = [
  ['signature', ({ reasoningReplay }) => reasoningReplay === 'signed'],
  ['reasoning', ({ reasoningReplay }) => reasoningReplay === 'signed'],
  ['toolResultStatus', ({ toolResultStatus }) => toolResultStatus],
  ['toolResultImage', ({ toolResultImages }) => toolResultImages],
  ['mixedTurns', ({ mixesToolsAndText }) => mixesToolsAndText],
];

test.for(refusals)('no model that refuses it is said to take it: %s', ([what, takes]) => {
  const concerned = models.filter((model) => refuses(what, model));
  expect(concerned).not.toEqual([]);
  expect(idsOf(concerned.filter(({ capabilities }) => takes(capabilities)))).toEqual([]);
});

test('what a model does not refuse is not left out for nothing', () => {
  const left = (what: What, takes: (model: CatalogueModel) => boolean) =>
    idsOf(models.filter((model) => !refuses(what, model) && !takes(model)));
  expect(left('toolResultStatus', ({ capabilities }) => capabilities.toolResultStatus)).toEqual([]);
  expect(left('mixedTurns', ({ capabilities }) => capabilities.mixesToolsAndText)).toEqual([]);
  const takesImages = ({ capabilities }: CatalogueModel) => capabilities.toolResultImages || !capabilities.vision;
  expect(left('toolResultImage', takesImages)).toEqual([]);
});

/** Generations of Claude by their ids. */
const before46 = /claude-(instant|v[12]|3-|opus-4-20|sonnet-4-20|opus-4-1-|(opus|sonnet|haiku)-4-5-)/;
const before45 = /claude-(instant|v[12]|3-|opus-4-20|sonnet-4-20|opus-4-1-)/;
const before37 = /claude-(instant|v[12]|3-5-|3-opus|3-sonnet|3-haiku)/;
const only46 = /claude-(opus|sonnet)-4-6/;
const since47 = (id: string) => !before46.test(id) && !only46.test(id);

const claudeFacts: readonly (readonly [string, (model: CatalogueModel) => boolean, (id: string) => boolean])[] = [
  ['takes a prefill', (model) => model.capabilities.assistantPrefill, (id) => before46.test(id)],
  ['takes no sampling at all', (model) => model.capabilities.sampling === 'none', since47],
  ['takes top-k', (model) => model.capabilities.topK === 'claude', (id) => !since47(id)],
  ['does not think', (model) => model.capabilities.reasoning === 'none', (id) => before37.test(id)],
  [
    'thinks by a budget',
    (model) => model.capabilities.reasoning === 'budget',
    (id) => before46.test(id) && !before37.test(id),
  ],
  ['thinks adaptively', (model) => model.capabilities.reasoning === 'adaptive', (id) => !before46.test(id)],
  [
    'always thinks',
    (model) => model.capabilities.reasoningAlwaysOn,
    (id) => /claude-(opus-5-5|sonnet-5-5|fable|mythos)/.test(id),
  ],
  ['caches for an hour', (model) => model.capabilities.promptCaching?.hourly === true, (id) => !before45.test(id)],
  [
    'takes temperature or topP, not both',
    (model) => model.capabilities.sampling === 'one',
    (id) => /claude-(opus-4-1-|(opus|sonnet|haiku)-4-5-|(opus|sonnet)-4-6)/.test(id),
  ],
];

test.for(claudeFacts)('which Claude %s', ([, flag, fact]) => {
  expect(idsOf(claudes.filter(flag))).toEqual(idsOf(claudes).filter(fact));
});

test('no strict tools where Bedrock was seen to refuse them', () => {
  const refusing = /claude-(opus-4-[78]|sonnet-4-20|(sonnet|opus|haiku|fable)-5)/;
  const wrong = claudes.filter(({ id, capabilities }) => refusing.test(id) && capabilities.strictTools);
  expect(idsOf(wrong)).toEqual([]);
});

test('tools cannot be forced where Bedrock was seen to refuse it', () => {
  expect(idsOf(models.filter(({ capabilities }) => !capabilities.forcedTools))).toEqual(
    expect.arrayContaining(['anthropic.claude-opus-5-5']),
  );
});

test('only Claude and Nova cache, and only Claude takes cache points among tools', () => {
  for (const { maker, capabilities } of models) {
    if (capabilities.promptCaching === null) continue;
    expect(['anthropic', 'amazon']).toContain(maker);
    expect(capabilities.promptCaching.tools).toBe(maker === 'anthropic');
  }
});

/** Minimum sizes of a cached prefix, in tokens. */
const minimums: readonly (readonly [RegExp, number])[] = [
  [/claude-(opus-5|sonnet-5-5|haiku-5-5|fable)/, 512],
  [/claude-(opus-4-1-|sonnet-4-20|sonnet-4-5-|sonnet-4-6|sonnet-5$|opus-4-8)/, 1_024],
  [/claude-opus-4-7/, 2_048],
  [/claude-(haiku-4-5-|opus-4-5-|opus-4-6)/, 4_096],
];

test.for(minimums)('%s caches from %i tokens', ([ids, least]) => {
  const caching = claudes.filter(({ id, capabilities }) => ids.test(id) && capabilities.promptCaching);
  expect(caching).not.toEqual([]);
  expect(new Set(caching.map(({ capabilities }) => capabilities.promptCaching?.minTokens))).toEqual(new Set([least]));
});

test('the least output is 16 tokens for GPT, Grok and Kimi K3, and 1 elsewhere', () => {
  const wrong = models.filter(({ id, minOutputTokens }) => {
    const isSixteen = /^(openai\.gpt-\d|xai\.grok-|moonshotai\.kimi-k3)/.test(id);
    return minOutputTokens !== (isSixteen ? 16 : 1);
  });
  expect(idsOf(wrong)).toEqual([]);
});
