import { holds } from './condition.ts';
import { type Condition, parseCondition } from './condition-parser.ts';
import { invalid } from './fault.ts';
import type { Placeholders } from './placeholder.ts';
import type { KeySchema } from './table.ts';
import type { AttributeValue } from './value.ts';

export interface KeyCondition {
  readonly pk: string;
  /** No sort key below this one matches. From it on they match, the first perhaps not, up to some end. */
  readonly lowest: string;
  readonly matches: (sk: string) => boolean;
}

/**
 * KeyConditionExpression: one value of the partition key, and at most one test of the sort key.
 * @throws AwsFault ValidationException
 */
export function parseKeyCondition(expression: string, placeholders: Placeholders, schema: KeySchema): KeyCondition {
  const label = 'KeyConditionExpression';
  const tests = flatten(parseCondition(label, expression, placeholders));
  const byName = new Map<string, Condition>();
  for (const test of tests) {
    const name = testedAttribute(test);
    if (byName.has(name)) throw invalid('KeyConditionExpressions must only contain one condition per key');
    byName.set(name, test);
  }
  const ofPartition = byName.get(schema.pk);
  if (ofPartition === undefined) throw invalid(`Query condition missed key schema element: ${schema.pk}`);
  byName.delete(schema.pk);
  const ofSort = schema.sk === undefined ? undefined : byName.get(schema.sk);
  if (byName.size > (ofSort === undefined ? 0 : 1)) {
    const missed = schema.sk ?? [...byName.keys()][0];
    throw invalid(`Query condition missed key schema element: ${missed}`);
  }
  const pk = equalTo(ofPartition);
  if (pk === undefined) throw invalid('Query key condition not supported');
  for (const value of [pk, ...(ofSort === undefined ? [] : valuesOf(ofSort))]) {
    if (!('S' in value)) {
      throw invalid('One or more parameter values were invalid: Condition parameter type does not match schema type');
    }
  }
  if (!('S' in pk) || pk.S === '') throw emptyKey(schema.pk);
  const { sk } = schema;
  if (ofSort === undefined || sk === undefined) return { pk: pk.S, lowest: '', matches: () => true };
  return { pk: pk.S, lowest: lowestOf(ofSort), matches: (text) => holds(ofSort, { [sk]: { S: text } }) };
}

function flatten(condition: Condition): readonly Condition[] {
  if (condition.kind === 'and') return [...flatten(condition.left), ...flatten(condition.right)];
  if (condition.kind === 'or' || condition.kind === 'not') {
    throw invalid(`Invalid operator used in KeyConditionExpression: ${condition.kind.toUpperCase()}`);
  }
  if (condition.kind === 'in') throw invalid('Invalid operator used in KeyConditionExpression: IN');
  if (condition.kind === 'compare' && condition.comparator === '<>') {
    throw invalid('Invalid operator used in KeyConditionExpression: <>');
  }
  if (condition.kind === 'call' && condition.name !== 'begins_with') {
    throw invalid(`Invalid operator used in KeyConditionExpression: ${condition.name}`);
  }
  return [condition];
}

function operandsOf(condition: Condition) {
  if (condition.kind === 'compare') return [condition.left, condition.right];
  if (condition.kind === 'between') return [condition.operand, condition.low, condition.high];
  return condition.kind === 'call' ? condition.operands : [];
}

function testedAttribute(condition: Condition): string {
  const [tested, ...others] = operandsOf(condition);
  const [name, ...below] = tested?.kind === 'path' ? tested.path : [];
  if (typeof name !== 'string' || below.length > 0 || others.some(({ kind }) => kind !== 'value')) {
    throw invalid('Query key condition not supported');
  }
  return name;
}

function valuesOf(condition: Condition): readonly AttributeValue[] {
  return operandsOf(condition).flatMap((operand) => (operand.kind === 'value' ? [operand.value] : []));
}

function equalTo(condition: Condition): AttributeValue | undefined {
  return condition.kind === 'compare' && condition.comparator === '=' ? valuesOf(condition)[0] : undefined;
}

function lowestOf(condition: Condition): string {
  if (condition.kind === 'compare' && condition.comparator.startsWith('<')) return '';
  const [first] = valuesOf(condition);
  return first !== undefined && 'S' in first ? first.S : '';
}

function emptyKey(name: string) {
  return invalid(
    `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: ${name}`,
  );
}
