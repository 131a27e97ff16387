// zod's writer of JSON Schema, from its core: `zod/mini` does not have it. The function's bundle gives everything below
// server/mcp a copy of zod of its own, so that a cold start does not read it (bin/lambda-bundle.ts).
import { type $ZodType, toJSONSchema } from 'zod/v4/core';

/** A JSON Schema of 2020-12 whose root is an object. */
export interface ObjectSchema {
  readonly type: 'object';
  readonly [keyword: string]: unknown;
}

/** What a client may send (`input`) or will get (`output`), of a zod schema of an object. */
export function toObjectSchema(schema: $ZodType, io: 'input' | 'output'): ObjectSchema {
  return { ...toJSONSchema(schema, { io, unrepresentable: 'any' }), type: 'object' };
}
