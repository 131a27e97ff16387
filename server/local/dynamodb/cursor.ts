import type { AwsFault } from '../emulator.ts';
import { invalid } from './fault.ts';
import { type Token, tokenize } from './lexer.ts';
import type { Path } from './path.ts';
import type { Placeholders } from './placeholder.ts';
import { reservedWords } from './reserved-words.ts';
import type { AttributeValue } from './value.ts';

const maximumLengthBytes = 4096;

/** What may stand where a value is wanted. Functions are checked by the kind of expression they stand in. */
export type Operand =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'value'; readonly value: AttributeValue }
  | { readonly kind: 'call'; readonly name: string; readonly operands: readonly Operand[] };

/** Reads an expression token by token: what all kinds of expressions have in common. */
export class Cursor {
  /** `ConditionExpression`, `UpdateExpression`, …, as in the messages. */
  readonly label: string;
  readonly #placeholders: Placeholders;
  #tokens: readonly Token[] = [];
  readonly #expression: string;
  #position = 0;

  constructor(label: string, expression: string, placeholders: Placeholders) {
    this.label = label;
    this.#placeholders = placeholders;
    this.#expression = expression;
    if (expression.trim() === '') throw this.fault('The expression can not be empty;');
    if (Buffer.byteLength(expression) > maximumLengthBytes) {
      throw this.fault('Expression size has exceeded the maximum allowed size;');
    }
    this.#tokens = tokenize(expression, (token) => this.syntaxError(token));
  }

  fault(message: string): AwsFault {
    return invalid(`Invalid ${this.label}: ${message}`);
  }

  syntaxError(token = this.peek()): AwsFault {
    const index = this.#tokens.indexOf(token);
    const start = this.#tokens[index - 1]?.at ?? token.at;
    const end = this.#tokens[index + 1];
    const near = this.#expression.slice(
      start,
      end === undefined ? token.at + token.text.length : end.at + end.text.length,
    );
    return this.fault(`Syntax error; token: "${token.text}", near: "${near.trim()}"`);
  }

  peek(ahead = 0): Token {
    const token = this.#tokens[Math.min(this.#position + ahead, this.#tokens.length - 1)];
    if (token === undefined) throw new Error('an expression without an end');
    return token;
  }

  next(): Token {
    const token = this.peek();
    this.#position++;
    return token;
  }

  /** Takes the sign if it comes next. */
  takeSign(sign: string): boolean {
    const token = this.peek();
    if (token.kind !== 'sign' || token.text !== sign) return false;
    this.#position++;
    return true;
  }

  expectSign(sign: string): void {
    if (!this.takeSign(sign)) throw this.syntaxError();
  }

  /** Keywords are the same in any case; functions are not. */
  isKeyword(keyword: string): boolean {
    const token = this.peek();
    return token.kind === 'word' && token.text.toUpperCase() === keyword;
  }

  takeKeyword(keyword: string): boolean {
    if (!this.isKeyword(keyword)) return false;
    this.#position++;
    return true;
  }

  expectEnd(): void {
    if (this.peek().kind !== 'end') throw this.syntaxError();
  }

  parsePath(): Path {
    const path: (string | number)[] = [this.#parseName()];
    for (;;) {
      if (this.takeSign('.')) path.push(this.#parseName());
      else if (this.takeSign('[')) {
        if (this.peek().kind !== 'index') throw this.syntaxError();
        path.push(Number(this.next().text));
        this.expectSign(']');
      } else return path;
    }
  }

  parseOperand(): Operand {
    const token = this.peek();
    if (token.kind === 'value') {
      this.#position++;
      return { kind: 'value', value: this.#placeholders.value(token.text, this.label) };
    }
    const after = this.peek(1);
    if (token.kind !== 'word' || after.kind !== 'sign' || after.text !== '(') {
      return { kind: 'path', path: this.parsePath() };
    }
    this.#position += 2;
    const operands = [this.parseOperand()];
    while (this.takeSign(',')) operands.push(this.parseOperand());
    this.expectSign(')');
    return { kind: 'call', name: token.text, operands };
  }

  #parseName(): string {
    const token = this.next();
    if (token.kind === 'name') return this.#placeholders.name(token.text, this.label);
    if (token.kind !== 'word') throw this.syntaxError(token);
    if (reservedWords.has(token.text.toUpperCase())) {
      throw this.fault(`Attribute name is a reserved keyword; reserved keyword: ${token.text}`);
    }
    return token.text;
  }
}

/** ProjectionExpression: paths between commas. */
export function parsePaths(label: string, expression: string, placeholders: Placeholders): readonly Path[] {
  const cursor = new Cursor(label, expression, placeholders);
  const paths = [cursor.parsePath()];
  while (cursor.takeSign(',')) paths.push(cursor.parsePath());
  cursor.expectEnd();
  return paths;
}
