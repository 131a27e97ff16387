import { PROTOCOL_VERSION_META_KEY } from '@modelcontextprotocol/server';
import * as z from 'zod/mini';
import { GatewayError } from '../errors.ts';
import { parseBy } from '../request-input.ts';

// The SDK answers wrong parameters with -32603 and the whole report of its parser; the protocol has -32602 for them, and
// a caller is helped by the name of the field.

/** Names, addresses and cursors: ours are far shorter, and the SDK's matcher of addresses throws at a million characters. */
const short = z.string().check(z.maxLength(2_048));
const listing = z.optional(z.looseObject({ cursor: z.optional(short) }));
const named = z.looseObject({ name: short });
const texts = z.optional(z.record(z.string(), z.string()));

const schemas: ReadonlyMap<string, z.ZodMiniType> = new Map<string, z.ZodMiniType>([
  [
    'initialize',
    z.looseObject({
      protocolVersion: z.string(),
      capabilities: z.looseObject({}),
      clientInfo: z.looseObject({ name: z.string(), version: z.string() }),
    }),
  ],
  ['tools/list', listing],
  ['resources/list', listing],
  ['resources/templates/list', listing],
  ['prompts/list', listing],
  ['tools/call', z.extend(named, { arguments: z.optional(z.looseObject({})) })],
  ['resources/read', z.looseObject({ uri: short })],
  ['prompts/get', z.extend(named, { arguments: texts })],
  [
    'completion/complete',
    z.looseObject({
      ref: z.union([
        z.looseObject({ type: z.literal('ref/prompt'), name: short }),
        z.looseObject({ type: z.literal('ref/resource'), uri: short }),
      ]),
      argument: z.looseObject({ name: short, value: short }),
    }),
  ],
]);

/** What is wrong with the parameters of a method; undefined: nothing, or the method is none of those with schemas. */
export function faultOfParams(method: string, params: unknown): GatewayError | undefined {
  const schema = schemas.get(method);
  // The stateless revision has no handshake any more.
  if (!schema || (method === 'initialize' && hasEnvelope(params))) return undefined;
  try {
    parseBy(z.object({ params: schema }), { params });
    return undefined;
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
}

const Envelope = z.looseObject({ _meta: z.looseObject({ [PROTOCOL_VERSION_META_KEY]: z.string() }) });

/** Whether a request is of the stateless revision, in which a wrong one also has the status of a wrong one. */
export function hasEnvelope(params: unknown): boolean {
  return Envelope.safeParse(params).success;
}
