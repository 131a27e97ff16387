import { type Mutation, mutationsOf } from './apply.ts';

const folder = 'server/providers/bedrock';
const testsOf = (...names: readonly string[]) => names.map((name) => `${folder}/${name}.test.ts`);

const inferenceRules = mutationsOf(`${folder}/inference.ts`, testsOf('request', 'reasoning'), [
  ['temperature is at most 1', 'Math.min(asked, 1)', 'asked'],
  ['a changed temperature is reported', '!isTaken || temperature !== asked', '!isTaken'],
  ['no sampling for who takes none', "sampling !== 'none' && (thinking.", '(thinking.'],
  [
    'who thinks takes the temperature 1 only',
    "(thinking.sampling === 'default' && asked === 1)",
    "thinking.sampling === 'default'",
  ],
  [
    'one of temperature and top_p for who takes one',
    " || (sampling === 'one' && !hasTemperature)",
    " || sampling === 'one'",
  ],
  ['no top_p for who thinks', "if (isTaken && thinking.sampling === 'free')", 'if (isTaken)'],
  ['no empty stop sequence', "blankStopSequences ? text !== '' :", 'blankStopSequences ? true :'],
  ['no blank stop sequence for who takes none', "text.trim() !== '')) : []", "text !== '')) : []"],
  ['a lost stop sequence is reported', "dropped.add('stop');", ';'],
  ['no top_k for who takes none', "capabilities.topK === 'none' || ", ''],
  ['Nova has top_k in a place of its own', "capabilities.topK === 'nova' ? { inferenceConfig: { topK } } : ", ''],
  ['no verbosity for who takes none', 'if (capabilities.verbosity)', 'if (true)'],
  ['no cap beside who refuses it', 'thinking.sendsOutputCap && ', ''],
]);

const reasoningRules = mutationsOf(`${folder}/reasoning.ts`, testsOf('reasoning'), [
  ['who always thinks is known to', 'capabilities.reasoningAlwaysOn ? alwaysOn(capabilities) : plain', 'plain'],
  ['who thinks cannot be forced', 'forcedTools: false,', 'forcedTools: true,'],
  ['a wish nobody can fulfil is reported', "if (!isDone) dropped.add('reasoning_effort');", ''],
  ['no budget where the cap has no room for one', 'maxOutputTokens <= smallestBudget || ', ''],
  ['no budget after calls without their reasoning', ' || lacksReasoning(request, thinking.replayReasoning)', ''],
  ['a budget is at least the smallest', 'Math.max(wanted, smallestBudget)', 'wanted'],
  ['a budget is below the cap', ', maxOutputTokens - 1)', ', Infinity)'],
  ['a changed budget is reported', "if (Math.abs(budget - wanted) > 1) dropped.add('reasoning_effort');", ''],
  ['unsigned reasoning leads to no call', '(isReplayed && isSigned(part))', 'isReplayed'],
  [
    'thinking is turned off by a word',
    "if (asked.effort === 'none' && !capabilities.reasoningAlwaysOn) {",
    'if (false) {',
  ],
  ['who always thinks is not told to stop', ' && !capabilities.reasoningAlwaysOn) {', ') {'],
  ['Nova’s high only where the cap is the model’s own', 'maxOutputTokens >= most', 'true'],
  ['Nova’s high has no cap', "sampling: 'none', sendsOutputCap: false }", "sampling: 'none' }"],
  [
    'an effort nobody knows is the nearest',
    'const nearest = nearestEffort(wanted, capabilities.efforts);',
    'const nearest = wanted;',
  ],
  [
    'a changed effort is reported',
    'if (nearest !== wanted || budgetTokens !== undefined)',
    'if (budgetTokens !== undefined)',
  ],
  ['whoever wants thinking does not get none', "word === wanted || word !== 'none'", 'true'],
]);

const choiceRules = mutationsOf(`${folder}/tool-choice.ts`, testsOf('tools', 'request', 'reasoning'), [
  ['who thinks is not forced', '!options.canForce || ', ''],
  ['who cannot be forced is not', '!capabilities.forcedTools || ', ''],
  ['a choice that is lost is reported', "options.dropped.add('tool_choice');", ''],
  ['none means that no call is handed on', "if (toolChoice?.type === 'none') return noTools;", ''],
  [
    'only allowed tools are called',
    "toolChoice?.type === 'allowed' ? new Set(toolChoice.names) : undefined",
    'undefined',
  ],
  [
    'who knows no one tool is shown no other',
    'tools: tools.filter((tool) => tool.name === name), callable',
    'tools, callable',
  ],
  ['one call at a time only for who can', 'if (!singleToolCall) {', 'if (false) {'],
  ['no type beside Converse’s own choice', "...(isChosen ? {} : { type: 'auto' })", "type: 'auto'"],
]);

const toolSchemaRules = mutationsOf(`${folder}/tool-schema.ts`, testsOf('tool-schema'), [
  ['a schema has a bound', 'this.#nodes > mostNodes || ', ''],
  ['a schema has a bound of depth', ' || level > deepestSchema', ''],
  ['references have a bound', 'if (this.#writtenOut > mostWrittenOutBytes)', 'if (false)'],
  ['a recursion is cut', 'this.#open.has(reference) || target === this.#root', 'target === this.#root'],
  ['members beside a reference stay', ', ...this.#members(beside, level) }', ' }'],
  ['definitions are left out', 'if (definitionKeywords.has(keyword)) continue;', ''],
  ['arguments are an object', "type: 'object' }, isExact: plain", '}, isExact: plain'],
  ['a type in capitals is known', 'if (types.has(lower)) return lower;', ''],
  ['required is a list', "if (keyword === 'required') return Array.isArray(value) ? value : undefined;", ''],
  ['an empty list of properties is an empty object', 'if (Array.isArray(value) && value.length === 0) return {};', ''],
  ['pieces of a reference are unescaped', "piece.replaceAll('~1', '/').replaceAll('~0', '~')", 'piece'],
]);

const outputSchemaRules = mutationsOf(`${folder}/output-schema.ts`, testsOf('output-schema'), [
  ['optional properties have a bound', 'counts.optional > mostOptionalProperties || ', ''],
  ['unions have a bound', ' || counts.unions > mostUnions', ''],
  ['a schema that says nothing has no grammar', '!saysWhat(node) || ', ''],
  ['no grammar for keywords it cannot have', ' || hasImpossible(node)', ''],
  ['no look-around', 'return true;\n  return impossible', 'return false;\n  return impossible'],
  ['bounds are told in the description', 'told.push(`', 'void (`'],
  ['bounds are left out', 'bounds.has(keyword) || ', ''],
  ['unknown formats are left out', " || (keyword === 'format' && !formats.has(value))", ''],
  ['every object is closed', "members.push(['additionalProperties', false]);", ''],
  ['an open object has no grammar', 'checkClosed(node);', ''],
]);

const structuredRules = mutationsOf(`${folder}/structured-output.ts`, testsOf('structured-output', 'request'), [
  ['grammar only for who writes by it', 'capabilities.nativeStructuredOutput && ', ''],
  ['grammar only for an exact schema', 'Output && plain.isExact && isObject ?', 'Output && isObject ?'],
  ['a forced tool only without others', ' && request.tools.length === 0', ''],
  ['a forced tool only beside no thinking', ' && thinking.forcedTools;', ';'],
  ['a forced tool only for who can be forced', 'toolChoice !==', 'true || toolChoice !=='],
  ['JSON is mentioned where nobody did', 'mentionsJson(request) ? { answer } : ', 'true ? { answer } : '],
  ['JSON is not mentioned twice', 'mentionsJson(request) ? ', 'false ? '],
  ['a schema’s name has only legal characters', "name.replaceAll(/[^a-zA-Z0-9_-]/g, '_')", 'name'],
  ['a schema’s name has its bound', '.slice(0, 64)', ''],
]);

const extraRules = mutationsOf(`${folder}/extras.ts`, testsOf('extras'), [
  [
    'the default tier is not said',
    "request.serviceTier && request.serviceTier !== 'default' &&",
    'request.serviceTier &&',
  ],
  ['a guardrail is sent', '...(guardrail && {', '...(false && {'],
  ['a stream mode only in a stream', '...(streamMode && isStream && {', '...(streamMode && {'],
  ['a stream mode that is lost is reported', "dropped.add('guardrailConfig.streamProcessingMode');", ';'],
  ['metadata has only legal characters', "text.replaceAll(illegal, '_')", 'text'],
  ['metadata has its bound', '.slice(0, longestText)', ''],
  ['changed metadata is reported', "if (legalKey !== key || legalValue !== value) dropped.add('metadata');", ''],
  ['no caller takes our own keys', ' || isOurs || ', ' || '],
  ['at most 16 pairs', ' || pairs.size >= mostPairs', ''],
  ['no field that is not on the list', '  return { lost: [name] };\n}', '  return { kept: value, lost: [] };\n}'],
  ['no beta that is not on the list', 'asked.filter(isKnownBeta)', 'asked'],
  [
    'no field without its beta',
    "beta !== undefined && takenBetas(all['anthropic_beta']).includes(beta)",
    'beta !== undefined',
  ],
  ['what is not sent is reported', 'for (const path of lost) dropped', 'for (const path of []) dropped'],
]);

/** Rules by which what is asked for beside the conversation is told to Bedrock. */
export const bedrockSettingsRules: readonly Mutation[] = [
  ...inferenceRules,
  ...reasoningRules,
  ...choiceRules,
  ...toolSchemaRules,
  ...outputSchemaRules,
  ...structuredRules,
  ...extraRules,
];
