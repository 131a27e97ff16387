import { type Mutation, mutationsOf } from './apply.ts';

const folder = 'server/providers/bedrock';

const healingRules = mutationsOf(
  `${folder}/self-healing.ts`,
  [`${folder}/self-healing.test.ts`],
  [
    [
      'only refusals are healed',
      "if (refusal.name !== 'ValidationException' && refusal.name !== 'AccessDeniedException') return undefined;",
      '',
    ],
    [
      'all of what AWS names, or nothing',
      'fields === undefined || removal?.removed.length !== fields.length',
      '!removal',
    ],
    ['a fault of one conversation is not remembered', 'fields: isOfConversation ? [] : fields', 'fields'],
    [
      'what AWS only quotes is not its own words',
      '/^`(temperature|top_p|top_k)` is deprecated',
      '/`(temperature|top_p|top_k)` is deprecated',
    ],
    ['reserved capacity is not given up', "type === 'flex' || type === 'priority' ?", 'type !== undefined ?'],
    ['what Converse fills is not removed', "path.includes('.') || notAdditional.has(path) ?", "path.includes('.') ?"],
    ['numbers in a pointer do not matter', "path.replaceAll(/\\/\\d+/g, '/N')", 'path'],
    ['numbers in a path do not matter', "path.replaceAll(/\\.\\d+(?=\\.|$)/g, '.N')", 'path'],
    ['the sentence before the model’s words is left out', 'message.startsWith(modelPrefix) ?', 'false ?'],
    ['the model’s words may stand in JSON', "if (!text.startsWith('{')) return text;", 'if (true) return text;'],
    ['what is taken out is reported', 'for (const each of taken.reported) reported.add(each);', ''],
  ],
);

const removableRules = mutationsOf(
  `${folder}/removable-fields.ts`,
  [`${folder}/self-healing.test.ts`],
  [
    ['the schema of an answer is never removed', "key === 'output_config' || ", ''],
    ['tools of a model’s own are never removed', "key === 'tools' || ", ''],
    ['a value is removed only where it is that value', 'valueAt(body, path) === value ? without', 'true ? without'],
    ['flags are removed only as they were', "if (betaFlags(body) !== flags || flags === '') return undefined;", ''],
    ['what needs a flag goes with it', "['anthropic_beta', 'context_management']", "['anthropic_beta']"],
    ['top_p goes only beside a temperature', 'hasTemperature(body) ? without', 'true ? without'],
    ['one way of forcing is not the other', 'valueAt(body, [...path, kind]) === undefined ?', 'false ?'],
    ['no thinking after calls without their reasoning', 'calls && hasBudget ? without', 'false ? without'],
    ['an object that is empty goes too', 'Object.keys(inner).length === 0 ? others : ', ''],
    ['no message without content', 'first < 0 ? [{ text: filler.text }] : ', ''],
    ['no cache point before content', 'content.slice(first)', 'content'],
    ['the caller’s name of a field is told', 'Object.hasOwn(callersNames, key) ? callersNames[key] : ', ''],
  ],
);

const errorRules = mutationsOf(
  `${folder}/errors.ts`,
  [`${folder}/errors.test.ts`],
  [
    ['an answer that breaks off was cut', 'isAnswering || error.requestId', 'error.requestId'],
    ['a broken answer with an id was cut', ' || error.requestId !== undefined)', ')'],
    ['an answer nobody can read was cut', "isBroken || error.name === 'UnreadableAnswerError'", 'isBroken'],
    ['our own deadline is a timeout', 'if (error instanceof DOMException)', 'if (false)'],
    ['exceptions of a stream have capital names', 'name.charAt(0).toUpperCase() + name.slice(1)', 'name'],
    [
      'AWS says when to come again',
      'asked === undefined ? told.retryAfterSeconds : ',
      'true ? told.retryAfterSeconds : ',
    ],
    ['a model not asked for is the operator’s', 'if (notEnabled.test(text)) return denied;', ''],
    ['a prompt that is too long is told so', 'if (tooLong.test(text)) {', 'if (false) {'],
    ['a model that is not there is told so', 'if (noSuchModel.test(text)) {', 'if (false) {'],
    ['our own credentials are no fault of the caller’s', 'if (ownCredentials.test(name)) return misconfigured;', ''],
    ['a refused caller is the operator’s', 'if (status === 401 || status === 403) return denied;', ''],
    [
      'an unknown fault of the request is the caller’s',
      'if (status >= 400 && status < 500) return',
      'if (false) return',
    ],
    ['nobody sees ARNs', ".replaceAll(/arn:aws[\\w-]*:[^\\s\"',)]*/g, '<arn>')", ''],
    ['nobody sees account ids', ".replaceAll(/(?<!\\d)\\d{12}(?!\\d)/g, '<account>')", ''],
  ],
);

/** Rules by which a refused request is put right, or told of. */
export const bedrockHealingRules: readonly Mutation[] = [...healingRules, ...removableRules, ...errorRules];
