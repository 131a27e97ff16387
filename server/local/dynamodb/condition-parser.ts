import { Cursor, type Operand } from './cursor.ts';
import { formatPath, samePath } from './path.ts';
import type { Placeholders } from './placeholder.ts';
import { type AttributeValue, compareValues, isTypeName, type TypeName, typeOf } from './value.ts';

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';

export type Condition =
  | { readonly kind: 'compare'; readonly comparator: Comparator; readonly left: Operand; readonly right: Operand }
  | { readonly kind: 'between'; readonly operand: Operand; readonly low: Operand; readonly high: Operand }
  | { readonly kind: 'in'; readonly operand: Operand; readonly list: readonly Operand[] }
  | { readonly kind: 'call'; readonly name: ConditionFunction; readonly operands: readonly Operand[] }
  | { readonly kind: 'and' | 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'not'; readonly condition: Condition };

const operandCounts = { attribute_exists: 1, attribute_not_exists: 1, attribute_type: 2, begins_with: 2, contains: 2 };
export type ConditionFunction = keyof typeof operandCounts;
const updateFunctions: readonly string[] = ['if_not_exists', 'list_append'];
const comparators: readonly Comparator[] = ['=', '<>', '<', '<=', '>', '>='];
const orderedTypes: readonly TypeName[] = ['S', 'N', 'B'];
const sizedTypes: readonly TypeName[] = ['S', 'B', 'M', 'L', 'SS', 'NS', 'BS'];
const maximumInOperands = 100;

/**
 * ConditionExpression, FilterExpression and KeyConditionExpression.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
 * @throws AwsFault ValidationException
 */
export function parseCondition(label: string, expression: string, placeholders: Placeholders): Condition {
  const parser = new ConditionParser(new Cursor(label, expression, placeholders));
  return parser.parse();
}

class ConditionParser {
  readonly #cursor: Cursor;
  #lastInParentheses: Condition | undefined;

  constructor(cursor: Cursor) {
    this.#cursor = cursor;
  }

  parse(): Condition {
    const condition = this.#parseOr();
    this.#cursor.expectEnd();
    return condition;
  }

  #parseOr(): Condition {
    let left = this.#parseAnd();
    while (this.#cursor.takeKeyword('OR')) left = { kind: 'or', left, right: this.#parseAnd() };
    return left;
  }

  #parseAnd(): Condition {
    let left = this.#parseNot();
    while (this.#cursor.takeKeyword('AND')) left = { kind: 'and', left, right: this.#parseNot() };
    return left;
  }

  #parseNot(): Condition {
    if (this.#cursor.takeKeyword('NOT')) return { kind: 'not', condition: this.#parseNot() };
    if (!this.#cursor.takeSign('(')) return this.#parseTest();
    const inner = this.#parseOr();
    this.#cursor.expectSign(')');
    if (inner === this.#lastInParentheses) throw this.#cursor.fault('The expression has redundant parentheses;');
    this.#lastInParentheses = inner;
    return inner;
  }

  #parseTest(): Condition {
    const operand = this.#cursor.parseOperand();
    const token = this.#cursor.peek();
    const comparator = token.kind === 'sign' ? comparators.find((sign) => sign === token.text) : undefined;
    if (comparator !== undefined) {
      this.#cursor.next();
      return this.#checkedComparison(comparator, operand, this.#cursor.parseOperand());
    }
    if (this.#cursor.takeKeyword('BETWEEN')) return this.#parseBetween(operand);
    if (this.#cursor.takeKeyword('IN')) return this.#parseIn(operand);
    if (operand.kind !== 'call') throw this.#cursor.syntaxError();
    return this.#checkedCall(operand.name, operand.operands);
  }

  #parseBetween(operand: Operand): Condition {
    const low = this.#cursor.parseOperand();
    if (!this.#cursor.takeKeyword('AND')) throw this.#cursor.syntaxError();
    const high = this.#cursor.parseOperand();
    for (const bound of [operand, low, high]) this.#checkComparable(bound, 'BETWEEN', orderedTypes);
    if (low.kind === 'value' && high.kind === 'value') this.#checkBounds(low.value, high.value);
    return { kind: 'between', operand, low, high };
  }

  #checkBounds(low: AttributeValue, high: AttributeValue): void {
    const order = compareValues(low, high);
    const bounds = `lower bound operand: AttributeValue: ${show(low)}, upper bound operand: AttributeValue: ${show(high)}`;
    if (order === undefined) {
      throw this.#cursor.fault(`The BETWEEN operator requires same data type for lower and upper bounds; ${bounds}`);
    }
    if (order > 0) {
      const rule = 'The BETWEEN operator requires upper bound to be greater than or equal to lower bound';
      throw this.#cursor.fault(`${rule}; ${bounds}`);
    }
  }

  #parseIn(operand: Operand): Condition {
    this.#cursor.expectSign('(');
    const list = [this.#cursor.parseOperand()];
    while (this.#cursor.takeSign(',')) list.push(this.#cursor.parseOperand());
    this.#cursor.expectSign(')');
    if (list.length > maximumInOperands) {
      throw this.#cursor.fault(
        `Incorrect number of operands for operator or function; operator or function: IN, number of operands: ${list.length + 1}`,
      );
    }
    for (const one of [operand, ...list]) this.#checkComparable(one, 'IN');
    return { kind: 'in', operand, list };
  }

  #checkedComparison(comparator: Comparator, left: Operand, right: Operand): Condition {
    const types = comparator === '=' || comparator === '<>' ? undefined : orderedTypes;
    this.#checkComparable(left, comparator, types);
    this.#checkComparable(right, comparator, types);
    this.#checkDistinct(comparator, left, right);
    return { kind: 'compare', comparator, left, right };
  }

  #checkDistinct(operator: string, left: Operand, right: Operand | undefined): void {
    if (left.kind !== 'path' || right?.kind !== 'path' || !samePath(left.path, right.path)) return;
    throw this.#cursor.fault(
      `The first operand must be distinct from the remaining operands for this operator or function; operator: ${operator}, first operand: ${formatPath(left.path)}`,
    );
  }

  /** `size` is the only function that gives a value. */
  #checkComparable(operand: Operand, operator: string, types?: readonly TypeName[]): void {
    if (operand.kind === 'value') {
      if (types === undefined || types.includes(typeOf(operand.value))) return;
      throw this.#operandType(operator, typeOf(operand.value));
    }
    if (operand.kind !== 'call') return;
    const { name, operands } = operand;
    if (name !== 'size') throw this.#misplaced(name);
    const [argument] = operands;
    if (operands.length !== 1 || argument === undefined) throw this.#operandCount(name, operands.length);
    if (argument.kind === 'call') throw this.#misplaced(argument.name);
    if (argument.kind === 'value' && !sizedTypes.includes(typeOf(argument.value))) {
      throw this.#operandType(name, typeOf(argument.value));
    }
  }

  #checkedCall(name: string, operands: readonly Operand[]): Condition {
    if (!isConditionFunction(name)) throw this.#misplaced(name);
    if (operands.length !== operandCounts[name]) throw this.#operandCount(name, operands.length);
    const [first, second] = operands;
    for (const operand of operands) if (operand.kind === 'call') throw this.#misplaced(operand.name);
    if (first?.kind !== 'path' && name.startsWith('attribute_')) {
      throw this.#cursor.fault(`Operator or function requires a document path; operator or function: ${name}`);
    }
    if (name === 'begins_with') {
      for (const operand of operands) this.#checkComparable(operand, name, ['S', 'B']);
    }
    if (name === 'attribute_type') this.#checkTypeName(second);
    if (first !== undefined) this.#checkDistinct(name, first, second);
    return { kind: 'call', name, operands };
  }

  #checkTypeName(operand: Operand | undefined): void {
    if (operand?.kind !== 'value' || !('S' in operand.value)) {
      throw this.#operandType('attribute_type', operand?.kind === 'value' ? typeOf(operand.value) : 'path');
    }
    if (isTypeName(operand.value.S)) return;
    const valid = '{B,NULL,SS,BOOL,L,BS,N,NS,S,M}';
    throw this.#cursor.fault(`Invalid attribute type name found; type: ${operand.value.S}, valid types: ${valid}`);
  }

  #operandType(operator: string, type: string) {
    return this.#cursor.fault(
      `Incorrect operand type for operator or function; operator or function: ${operator}, operand type: ${type}`,
    );
  }

  #operandCount(name: string, count: number) {
    return this.#cursor.fault(
      `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${count}`,
    );
  }

  #misplaced(name: string) {
    if (updateFunctions.includes(name)) {
      return this.#cursor.fault(`The function is not allowed in a condition expression; function: ${name}`);
    }
    if (name !== 'size' && !isConditionFunction(name)) {
      return this.#cursor.fault(`Invalid function name; function: ${name}`);
    }
    return this.#cursor.fault(`The function is not allowed to be used this way in an expression; function: ${name}`);
  }
}

function isConditionFunction(name: string): name is ConditionFunction {
  return Object.hasOwn(operandCounts, name);
}

function show(value: AttributeValue): string {
  const [type, content] = Object.entries(value)[0] ?? [];
  return `{${type}:${typeof content === 'string' ? content : JSON.stringify(content)}}`;
}
