import { Cursor, type Operand } from './cursor.ts';
import { formatPath, growTree, type Path, type PathTree } from './path.ts';
import type { Placeholders } from './placeholder.ts';
import { type AttributeValue, setOf, type TypeName, typeOf } from './value.ts';

/** The right side of a SET. */
export type SetValue =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'value'; readonly value: AttributeValue }
  | { readonly kind: 'if_not_exists'; readonly path: Path; readonly otherwise: SetValue }
  | { readonly kind: 'list_append'; readonly first: SetValue; readonly second: SetValue }
  | { readonly kind: 'sum'; readonly sign: 1 | -1; readonly left: SetValue; readonly right: SetValue };

export type UpdateAction =
  | { readonly kind: 'set'; readonly value: SetValue }
  | { readonly kind: 'remove' }
  | { readonly kind: 'add' | 'delete'; readonly value: AttributeValue };

export interface Update {
  /** The paths it writes to, in their order in the expression. */
  readonly paths: readonly Path[];
  readonly actions: PathTree<UpdateAction>;
}

interface Entry {
  readonly path: Path;
  readonly leaf: UpdateAction;
}

const sections = ['SET', 'REMOVE', 'ADD', 'DELETE'] as const;
type Section = (typeof sections)[number];
const conditionFunctions: readonly string[] = [
  'attribute_exists',
  'attribute_not_exists',
  'attribute_type',
  'begins_with',
  'contains',
  'size',
];
const typeWords: Readonly<Record<TypeName, string>> = {
  S: 'STRING',
  N: 'NUMBER',
  B: 'BINARY',
  BOOL: 'BOOLEAN',
  NULL: 'NULL',
  M: 'MAP',
  L: 'LIST',
  SS: 'STRING_SET',
  NS: 'NUMBER_SET',
  BS: 'BINARY_SET',
};

/**
 * UpdateExpression.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
 * @throws AwsFault ValidationException
 */
export function parseUpdate(expression: string, placeholders: Placeholders): Update {
  const cursor = new Cursor('UpdateExpression', expression, placeholders);
  const entries: Entry[] = [];
  const seen = new Set<Section>();
  do {
    const section = sections.find((word) => cursor.takeKeyword(word));
    if (section === undefined) throw cursor.syntaxError();
    if (seen.has(section)) {
      throw cursor.fault(`The "${section}" section can only be used once in an update expression;`);
    }
    seen.add(section);
    do entries.push(parseEntry(section, cursor));
    while (cursor.takeSign(','));
  } while (cursor.peek().kind !== 'end');
  const actions = growTree(entries, (kind, one, other) =>
    cursor.fault(
      `Two document paths ${kind} with each other; must remove or rewrite one of these paths; path one: ${formatPath(one)}, path two: ${formatPath(other)}`,
    ),
  );
  return { paths: entries.map(({ path }) => path), actions };
}

function parseEntry(section: Section, cursor: Cursor): Entry {
  const path = cursor.parsePath();
  if (section === 'REMOVE') return { path, leaf: { kind: 'remove' } };
  if (section === 'SET') {
    cursor.expectSign('=');
    return { path, leaf: { kind: 'set', value: parseSetValue(cursor) } };
  }
  if (cursor.peek().kind !== 'value') throw cursor.syntaxError();
  const operand = cursor.parseOperand();
  if (operand.kind !== 'value') throw cursor.syntaxError();
  const { value } = operand;
  if (setOf(value) === undefined && !(section === 'ADD' && 'N' in value)) {
    throw cursor.fault(
      `Incorrect operand type for operator or function; operator: ${section}, operand type: ${typeWords[typeOf(value)]}, typeSet: ALLOWED_FOR_${section}_OPERAND`,
    );
  }
  return { path, leaf: { kind: section === 'ADD' ? 'add' : 'delete', value } };
}

function parseSetValue(cursor: Cursor): SetValue {
  const left = checkedOperand(cursor, cursor.parseOperand());
  const sign = cursor.takeSign('+') ? 1 : cursor.takeSign('-') ? -1 : undefined;
  if (sign === undefined) return left;
  const right = checkedOperand(cursor, cursor.parseOperand());
  for (const side of [left, right]) checkValueType(cursor, sign === 1 ? '+' : '-', side, 'N');
  return { kind: 'sum', sign, left, right };
}

function checkedOperand(cursor: Cursor, operand: Operand, within?: string): SetValue {
  if (operand.kind !== 'call') return operand;
  const { name, operands } = operand;
  if (conditionFunctions.includes(name)) {
    throw cursor.fault(`The function is not allowed in an update expression; function: ${name}`);
  }
  if (name !== 'if_not_exists' && name !== 'list_append') {
    throw cursor.fault(`Invalid function name; function: ${name}`);
  }
  if (name === 'list_append' && within !== undefined) {
    throw cursor.fault(`The function is not allowed to be used this way in an expression; function: ${name}`);
  }
  const [first, second] = operands;
  if (first === undefined || second === undefined || operands.length !== 2) {
    throw cursor.fault(
      `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${operands.length}`,
    );
  }
  if (name === 'if_not_exists') {
    if (first.kind !== 'path') {
      throw cursor.fault(`Operator or function requires a document path; operator or function: ${name}`);
    }
    return { kind: name, path: first.path, otherwise: checkedOperand(cursor, second, name) };
  }
  const lists = [checkedOperand(cursor, first, name), checkedOperand(cursor, second, name)] as const;
  for (const list of lists) checkValueType(cursor, name, list, 'L');
  return { kind: name, first: lists[0], second: lists[1] };
}

function checkValueType(cursor: Cursor, operator: string, value: SetValue, type: TypeName): void {
  if (value.kind !== 'value' || typeOf(value.value) === type) return;
  throw cursor.fault(
    `Incorrect operand type for operator or function; operator or function: ${operator}, operand type: ${typeOf(value.value)}`,
  );
}
