import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AwsFault } from '../emulator.ts';
import { holds } from './condition.ts';
import { parseCondition } from './condition-parser.ts';
import { Placeholders } from './placeholder.ts';
import { applyUpdate } from './update.ts';
import { parseUpdate } from './update-parser.ts';
import { parseAttributes } from './value.ts';

const item = {
  s: { S: 'hällo' },
  n: { N: '5' },
  b: { B: Buffer.from('binary').toString('base64') },
  yes: { BOOL: true },
  none: { NULL: true },
  m: { M: { x: { N: '1' }, deep: { L: [{ S: 'a' }, { M: { y: { N: '2' } } }] } } },
  l: { L: [{ N: '1' }, { S: 'two' }] },
  ss: { SS: ['a', 'b'] },
  ns: { NS: ['1', '2'] },
};
const values = {
  ':s': { S: 'hä' },
  ':n': { N: '5.0' },
  ':one': { N: '1' },
  ':six': { N: '6' },
  ':list': { L: [{ N: '1' }] },
  ':a': { S: 'a' },
  ':ba': { SS: ['b', 'a'] },
  ':bin': { B: Buffer.from('bin').toString('base64') },
  ':M': { S: 'M' },
  ':true': { BOOL: true },
};
const names = { '#m': 'm', '#dot': 'a.b', '#c': 'constructor' };

function evaluate(expression: string): boolean {
  const placeholders = new Placeholders(names, values);
  return holds(parseCondition('ConditionExpression', expression, placeholders), parseAttributes(item));
}

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof AwsFault && error.type === 'ValidationException') return error.message;
    throw error;
  }
  return 'accepted';
}

describe('conditions', () => {
  const cases: readonly [string, boolean][] = [
    ['n = :n', true],
    ['n <> :n', false],
    ['n < :six AND n > :one', true],
    ['n BETWEEN :one AND :six', true],
    ['n between :one and :six AND yes = :true', true],
    ['NOT n BETWEEN :one AND :six', false],
    ['n IN (:one, :n)', true],
    ['n IN (:one, :six)', false],
    ['absent = gone', false],
    ['absent <> gone', true],
    ['absent < :six', false],
    ['NOT absent < :six', true],
    ['n = :s', false],
    ['n < :s', false],
    ['attribute_exists(s) AND attribute_not_exists(absent)', true],
    ['attribute_exists(#m.deep[1].y)', true],
    ['attribute_exists(#m.deep[2])', false],
    ['attribute_not_exists(#c)', true],
    ['attribute_not_exists(#dot)', true],
    ['m.deep[1].y < :n', true],
    ['begins_with(s, :s)', true],
    ['begins_with(b, :bin)', true],
    ['begins_with(n, :s)', false],
    ['contains(s, :a)', false],
    ['contains(ss, :a)', true],
    ['contains(ns, :one)', true],
    ['contains(l, :one)', true],
    ['contains(b, :bin)', true],
    ['attribute_type(m, :M)', true],
    ['attribute_type(l, :M)', false],
    ['ss = :ba', true],
    ['size(s) = :six', true],
    ['size(l) > :one', true],
    ['size(n) > :one', false],
    ['attribute_exists(absent) OR n = :n AND s = :s', false],
    ['(attribute_exists(absent) OR n = :n) AND begins_with(s, :s)', true],
    ['attribute_exists(absent) AND n = :n OR begins_with(s, :s)', true],
    ['NOT (n = :n)', false],
    ['NOT NOT n = :n', true],
  ];
  test.for(cases)('%s is %s', ([expression, expected], { expect }) => {
    expect(evaluate(expression)).toBe(expected);
  });

  const refused: readonly [string, string][] = [
    ['', 'The expression can not be empty;'],
    ['n = ', 'Syntax error; token: "<EOF>", near: "="'],
    ['n == :n', 'Syntax error; token: "=", near: "== :n"'],
    ['n = :n extra', 'Syntax error; token: "extra", near: ":n extra"'],
    ['_n = :n', 'Syntax error; token: "_", near: "_"'],
    ['name = :n', 'Attribute name is a reserved keyword; reserved keyword: name'],
    ['m.Count = :n', 'Attribute name is a reserved keyword; reserved keyword: Count'],
    ['#x = :n', 'An expression attribute name used in the document path is not defined; attribute name: #x'],
    ['n = :x', 'An expression attribute value used in expression is not defined; attribute value: :x'],
    ['((n = :n))', 'The expression has redundant parentheses;'],
    ['f(n)', 'Invalid function name; function: f'],
    ['size(n)', 'The function is not allowed to be used this way in an expression; function: size'],
    [
      'attribute_exists(n) = :n',
      'The function is not allowed to be used this way in an expression; function: attribute_exists',
    ],
    ['if_not_exists(n, :n) = :n', 'The function is not allowed in a condition expression; function: if_not_exists'],
    [
      'begins_with(s)',
      'Incorrect number of operands for operator or function; operator or function: begins_with, number of operands: 1',
    ],
    [
      'begins_with(s, :n)',
      'Incorrect operand type for operator or function; operator or function: begins_with, operand type: N',
    ],
    ['n < :list', 'Incorrect operand type for operator or function; operator or function: <, operand type: L'],
    ['attribute_exists(:n)', 'Operator or function requires a document path; operator or function: attribute_exists'],
    [
      'n = n',
      'The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [n]',
    ],
    [
      'n BETWEEN :six AND :one',
      'The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:6}, upper bound operand: AttributeValue: {N:1}',
    ],
    [
      'attribute_type(m, :a)',
      'Invalid attribute type name found; type: a, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}',
    ],
  ];
  test.for(refused)('%s is refused', ([expression, message], { expect }) => {
    expect(messageOf(() => evaluate(expression))).toBe(`Invalid ConditionExpression: ${message}`);
  });

  type Model = { readonly text: string; readonly value: boolean };
  const tree = fc.letrec<{ test: Model; any: Model }>((tie) => ({
    test: fc
      .tuple(fc.constantFrom('a', 'b', 'absent'), fc.constantFrom('=', '<>', '<', '<=', '>', '>='), fc.nat(3))
      .map(([name, sign, right]) => {
        const left = { a: 1, b: 2, absent: undefined }[name];
        return { text: `${name} ${sign} :v${right}`, value: compare(left, sign, right) };
      }),
    any: fc.oneof(
      { depthSize: 'small' },
      tie('test'),
      tie('any').map(({ text, value }) => ({ text: `NOT (${unwrapped(text)})`, value: !value })),
      fc.tuple(tie('any'), tie('any')).map(([l, r]) => ({
        text: `(${l.text} AND ${r.text})`,
        value: l.value && r.value,
      })),
      fc.tuple(tie('any'), tie('any')).map(([l, r]) => ({
        text: `(${l.text} OR ${r.text})`,
        value: l.value || r.value,
      })),
    ),
  }));
  /** Without the outer parentheses, which would be redundant inside another pair. */
  function unwrapped(text: string): string {
    return text.startsWith('(') ? text.slice(1, -1) : text;
  }
  function compare(left: number | undefined, sign: string, right: number): boolean {
    if (left === undefined) return sign === '<>';
    const results: Record<string, boolean> = {
      '=': left === right,
      '<>': left !== right,
      '<': left < right,
      '<=': left <= right,
      '>': left > right,
      '>=': left >= right,
    };
    return results[sign] ?? false;
  }

  test('any nesting of AND, OR and NOT agrees with JavaScript', () => {
    const numbers = Object.fromEntries([0, 1, 2, 3].map((value) => [`:v${value}`, { N: String(value) }]));
    const stored = parseAttributes({ a: { N: '1' }, b: { N: '2' } });
    fc.assert(
      fc.property(tree.any, ({ text, value }) => {
        const condition = parseCondition('ConditionExpression', text, new Placeholders(undefined, numbers));
        expect(holds(condition, stored)).toBe(value);
      }),
      { numRuns: 500 },
    );
  });
});

describe('updates', () => {
  function update(expression: string, exists = true) {
    const placeholders = new Placeholders(names, values);
    const { actions } = parseUpdate(expression, placeholders);
    return applyUpdate(actions, parseAttributes(exists ? item : {}), exists);
  }

  const cases: readonly [string, object][] = [
    ['SET n = n + :one', { n: { N: '6' } }],
    ['SET n = :six - n', { n: { N: '1' } }],
    ['SET x = if_not_exists(x, :one) + :one', { x: { N: '2' } }],
    ['SET x = if_not_exists(n, :one)', { x: { N: '5' } }],
    ['SET l = list_append(:list, l)', { l: { L: [{ N: '1' }, { N: '1' }, { S: 'two' }] } }],
    ['SET l = list_append(if_not_exists(l, :list), :list)', { l: { L: [{ N: '1' }, { S: 'two' }, { N: '1' }] } }],
    ['SET l[9] = :six, l[5] = :one', { l: { L: [{ N: '1' }, { S: 'two' }, { N: '1' }, { N: '6' }] } }],
    ['REMOVE l[0] SET l[1] = :six', { l: { L: [{ N: '6' }] } }],
    ['REMOVE l[7], absent', {}],
    ['SET x = n REMOVE n', { x: { N: '5' }, n: undefined }],
    ['set n = s, s = n', { n: { S: 'hällo' }, s: { N: '5' } }],
    ['ADD ss :ba', { ss: { SS: ['a', 'b'] } }],
    ['DELETE ss :ba', { ss: undefined }],
    ['ADD fresh :six', { fresh: { N: '6' } }],
    ['SET m.deep[1].y = :six REMOVE m.x', { m: { M: { deep: { L: [{ S: 'a' }, { M: { y: { N: '6' } } }] } } } }],
    ['SET #m.fresh = :list', { m: { M: { ...item.m.M, fresh: { L: [{ N: '1' }] } } } }],
    ['SET #dot = :one', { 'a.b': { N: '1' } }],
  ];
  test.for(cases)('%s', ([expression, change], { expect }) => {
    expect(update(expression)).toEqual(parseAttributes(withoutUndefined({ ...item, ...change })));
  });
  function withoutUndefined(attributes: object): object {
    return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
  }

  const label = 'Invalid UpdateExpression: ';
  const refused: readonly [string, string][] = [
    ['HELLO n = :n', `${label}Syntax error; token: "HELLO", near: "HELLO n"`],
    ['SET n = :one + :one + :one', `${label}Syntax error; token: "+", near: ":one + :one"`],
    ['SET n = :one SET s = :one', `${label}The "SET" section can only be used once in an update expression;`],
    [
      'SET m = :one REMOVE m.x',
      `${label}Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [m], path two: [m, x]`,
    ],
    [
      'SET m.x.z = :one, m.x = :one',
      `${label}Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [m, x, z], path two: [m, x]`,
    ],
    [
      'SET m.x = :one, m[0] = :one',
      `${label}Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [m, x], path two: [m, [0]]`,
    ],
    ['SET n = size(s)', `${label}The function is not allowed in an update expression; function: size`],
    [
      'SET l = list_append(list_append(l, :list), :list)',
      `${label}The function is not allowed to be used this way in an expression; function: list_append`,
    ],
    [
      'SET n = n + :a',
      `${label}Incorrect operand type for operator or function; operator or function: +, operand type: S`,
    ],
    [
      'ADD n :a',
      `${label}Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND`,
    ],
    ['SET x = absent', 'The provided expression refers to an attribute that does not exist in the item'],
    ['ADD s :one', 'An operand in the update expression has an incorrect data type'],
    ['SET n = s + :one', 'An operand in the update expression has an incorrect data type'],
    ['SET absent.x = :one', 'The document path provided in the update expression is invalid for update'],
    ['SET m[0] = :one', 'The document path provided in the update expression is invalid for update'],
    ['REMOVE n.x', 'The document path provided in the update expression is invalid for update'],
  ];
  test.for(refused)('%s is refused', ([expression, message], { expect }) => {
    expect(messageOf(() => update(expression))).toBe(message);
  });

  test('names and values that nothing uses are refused', () => {
    const placeholders = new Placeholders({ '#a': 'a', '#b': 'b' }, { ':x': { N: '1' } });
    parseUpdate('SET #a = :x', placeholders);
    expect(messageOf(() => placeholders.checkUse({ UpdateExpression: 'SET #a = :x' }))).toBe(
      'Value provided in ExpressionAttributeNames unused in expressions: keys: {#b}',
    );
  });

  test('the old item stays as it was, and what is not touched is shared', () => {
    const old = parseAttributes(item);
    const { actions } = parseUpdate('SET m.x = :six', new Placeholders(undefined, { ':six': { N: '6' } }));
    const after = applyUpdate(actions, old, true);
    expect(old).toEqual(parseAttributes(item));
    expect(after['l']).toBe(old['l']);
  });
});
