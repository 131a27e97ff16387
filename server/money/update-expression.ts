import type { ItemValue, WriteCondition } from '../aws/dynamodb.ts';

/** One conditional update as it is put together: names and values are filed as they are needed, and none is left over. */
export class UpdateExpression {
  readonly #names: Record<string, string> = {};
  readonly #values: Record<string, ItemValue> = {};
  readonly #sets: string[] = [];
  readonly #removals: string[] = [];
  readonly #conditions: string[] = [];

  /** @returns the placeholder of an attribute's name, for a path */
  name(name: string): string {
    const known = Object.keys(this.#names).find((placeholder) => this.#names[placeholder] === name);
    if (known !== undefined) return known;
    const placeholder = `#n${Object.keys(this.#names).length}`;
    this.#names[placeholder] = name;
    return placeholder;
  }

  /** @returns the placeholder of a value */
  value(value: ItemValue): string {
    const placeholder = `:v${Object.keys(this.#values).length}`;
    this.#values[placeholder] = value;
    return placeholder;
  }

  set(path: string, expression: string): void {
    this.#sets.push(`${path} = ${expression}`);
  }

  /** To a number that is there. */
  add(path: string, amount: number): void {
    if (amount !== 0) this.set(path, `${path} + ${this.value(amount)}`);
  }

  remove(path: string): void {
    this.#removals.push(path);
  }

  require(condition: string): void {
    this.#conditions.push(condition);
  }

  build(): readonly [update: string, condition: WriteCondition] {
    const sets = this.#sets.length === 0 ? [] : [`SET ${this.#sets.join(', ')}`];
    const removals = this.#removals.length === 0 ? [] : [`REMOVE ${this.#removals.join(', ')}`];
    // DynamoDB takes no empty map of either.
    const condition = {
      condition: this.#conditions.join(' AND '),
      ...(Object.keys(this.#names).length > 0 && { names: this.#names }),
      ...(Object.keys(this.#values).length > 0 && { values: this.#values }),
    };
    return [[...sets, ...removals].join(' '), condition];
  }
}
