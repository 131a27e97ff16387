import { test } from 'vitest';
import { failureOf } from '../openai-chat/test-failures.ts';
import { idleMembers } from '../test-kept-members.ts';
import { reachedFrom, readDeclarations } from '../test-sdk-types.ts';
import { decodeResponsesRequest } from './decode-request.ts';
import { fieldTreatments } from './fields.ts';
import { census, choice, type Fields, insideOthers, refusedWhole, reportedWhole } from './test-census.ts';

// Every type of a request in the openai package, down to the last member: kept, saying nothing to a model, refused or
// reported, and none by accident. A new one in a new version of the package fails here until it is classed.

const { members, words } = reachedFrom(
  'ResponseCreateParamsBase',
  new Map([
    ...readDeclarations('openai/resources/shared'),
    ...readDeclarations('openai/resources/responses/responses'),
  ]),
);

/** Inner types of a member that is classed as a whole: one that says nothing, or that is reported. */
const insideMembers =
  /\.(Direct|Program|PromptCacheBreakpoint|\w+Citation|FilePath|Logprob|TopLogprob|Content|Summary)$/;

const isWhole = (name: string) => Object.hasOwn(reportedWhole, name) || Object.hasOwn(refusedWhole, name);
const isInside = (name: string): boolean => {
  const owner = name.slice(0, name.lastIndexOf('.'));
  if (Object.hasOwn(insideOthers, name)) return true;
  if (!name.includes('.')) return false;
  return isWhole(owner) || isInside(owner) || (insideMembers.test(name) && Object.hasOwn(census, owner));
};

test('every type of a request in the openai package is classed, and nothing else is', ({ expect }) => {
  const { ResponseCreateParamsBase: fields = [], ...types } = Object.fromEntries(members);
  const classed = new Set([...Object.keys(census), ...Object.keys(reportedWhole), ...Object.keys(refusedWhole)]);
  const open = Object.keys(types).filter((name) => !classed.has(name) && !isInside(name));
  expect(open).toEqual([]);
  expect(Object.values(insideOthers).filter((owner) => !classed.has(owner))).toEqual([]);
  expect([...classed].filter((name) => !Object.hasOwn(types, name))).toEqual([]);
  expect(fields.filter((name) => !Object.hasOwn(fieldTreatments, name))).toEqual([]);
});

const decode = (fields: Fields) =>
  decodeResponsesRequest({ model: 'm', input: 'Hi', ...fields }, (sealed) =>
    sealed === 'ours' ? { text: 'Hm.', signature: 's' } : undefined,
  );

test.for(Object.entries(census))('%s: every member is classed', ([type, classes], { expect }) => {
  const { around, kept, silent = {}, reported = {}, refused = {} } = classes;
  const names = [kept, silent, reported, refused].flatMap((object) => Object.keys(object));
  expect(names.toSorted()).toEqual(members.get(type));
  expect(decode(around({ ...kept, ...silent })).dropped).toEqual([]);
  for (const [member, [value, as]] of Object.entries(reported)) {
    expect(decode(around({ ...kept, [member]: value })).dropped).toEqual([as]);
  }
  for (const [member, [value, param]] of Object.entries(refused)) {
    expect(failureOf(() => decode(around({ ...kept, [member]: value })))).toMatchObject({ status: 400, param });
  }
});

/** Members that only say which type an object is, or have one value; and `strict`, without which a schema binds as well. */
const sayNoMore: readonly string[] = ['type', 'role', 'mode', 'strict'];

test.for(Object.entries(census))('%s: what is kept makes a difference', ([, { around, kept }], { expect }) => {
  expect(idleMembers(kept, (object) => decode(around(object)), sayNoMore)).toEqual([]);
});

test.for(Object.entries(reportedWhole))('%s is reported as a whole', ([type, [fields, name]], { expect }) => {
  expect(decode(fields).dropped).toEqual([name]);
  // Each other word for it too.
  const { tools } = fields;
  if (!Array.isArray(tools) || tools.length > 1 || !name.startsWith(`tools.${tools[0]?.type}`)) return;
  if (tools[0]?.type === 'shell' || tools[0]?.type === 'custom') return;
  for (const word of words.get(`${type}.type`) ?? []) {
    expect(decode({ tools: [{ type: word }] }).dropped).toEqual([`tools.${word}`]);
  }
});

test.for(Object.entries(refusedWhole))('%s is refused', ([, [fields, param]], { expect }) => {
  expect(failureOf(() => decode(fields))).toMatchObject({ status: 400, param });
});

const encrypted = 'reasoning.encrypted_content';
test.for(words.get('ResponseIncludable') ?? [])('include %s is kept or reported', (word, { expect }) => {
  const { includeEncrypted, dropped } = decode({ include: [word] });
  expect([includeEncrypted, dropped]).toEqual(word === encrypted ? [true, []] : [false, [`include.${word}`]]);
});

test.for(words.get('ToolChoiceTypes.type') ?? [])('a choice of %s is reported', (type, { expect }) => {
  expect(decode(choice({ type })).dropped).toEqual(['tool_choice']);
});

test.for(words.get('ReasoningEffort') ?? [])('effort %s is kept', (effort, { expect }) => {
  expect(decode({ reasoning: { effort } })).toMatchObject({ request: { reasoning: { effort } }, dropped: [] });
});

/** The word of each member that asks for what is done anyway. */
test.for([
  ['reasoning', { context: 'auto', generate_summary: 'auto', mode: 'standard', summary: 'auto' }],
  ['stream_options', { include_obfuscation: false }],
] as const)('%s: defaults are not reported', ([field, value], { expect }) => {
  expect(decode({ [field]: value }).dropped).toEqual([]);
});
