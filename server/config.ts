import * as z from 'zod/mini';
import { limitSettings } from '../shared/api/limits.ts';
import { ModelPatterns } from '../shared/api/policy.ts';
import { readableErrors } from './readable-errors.ts';

const Name = z.string().check(z.minLength(1), z.maxLength(2048));

/** USD per million tokens. Nine decimals at most, so that an amount in pico-USD per token needs at most one rounding. */
const Amount = z.union(
  [
    z.number().check(z.gte(0), z.lte(1_000_000)),
    z.string().check(z.regex(/^\d{1,6}(\.\d{1,9})?$/, 'is not a decimal like "3.30"')),
  ],
  'is not an amount in USD per million tokens: write a number from 0 to 1000000 or a decimal in quotes like "3.30"',
);

const tokenPrices = {
  input: Amount,
  output: Amount,
  cache_read: z.optional(Amount),
  cache_write_5m: z.optional(Amount),
  cache_write_1h: z.optional(Amount),
};
export type ConfiguredTokenPrices = z.infer<z.ZodMiniObject<typeof tokenPrices, z.core.$strict>>;

/** A whole price: nothing of the bundled one stays beside it. */
const ConfiguredPrice = z.strictObject({
  ...tokenPrices,
  /** Prices of a whole request whose prompt exceeds the bound. */
  long_context: z.optional(
    z
      .array(z.strictObject({ above_input_tokens: z.int().check(z.gte(1)), ...tokenPrices }))
      .check(z.minLength(1), z.maxLength(5)),
  ),
  /** By the service tier that answered: flex, priority … */
  tiers: z.optional(z.record(z.string().check(z.regex(/^[a-z]{1,20}$/)), z.strictObject(tokenPrices))),
});
export type ConfiguredPrice = z.infer<typeof ConfiguredPrice>;

const Alias = z.strictObject({
  /** Whose capabilities and price it has: a name of a model, but no other alias of this document. */
  model: Name,
  /** What is sent upstream instead of that model's own target: an ARN or a profile id. */
  target: z.optional(
    Name.check(
      z.regex(
        /^(arn:aws[a-z-]*:bedrock:[a-z0-9-]+:\d*:[a-z-]+\/\S+|(?!arn:)[A-Za-z0-9][A-Za-z0-9.:-]*)$/,
        'is not an ARN of Bedrock or the id of an inference profile; write one of the two, or leave it out',
      ),
    ),
  ),
});
export type ConfiguredAlias = z.infer<typeof Alias>;

/** Patterns of Bedrock's service model (botocore 1.44.5, bedrock-runtime 2023-09-30), which allow an empty text too. */
const ConfiguredGuardrail = z.strictObject({
  id: z
    .string()
    .check(
      z.maxLength(2048),
      z.regex(
        /^([a-z0-9]+|arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:guardrail\/[a-z0-9]+)$/,
        'is not the id (lower-case letters and digits) or ARN of a guardrail',
      ),
    ),
  version: z.string().check(z.regex(/^([1-9][0-9]{0,7}|DRAFT)$/, 'is not a version in quotes like "1", or "DRAFT"')),
  trace: z.optional(z.enum(['enabled', 'disabled', 'enabled_full'])),
});

/** What the protocol and its transport write themselves. */
const ownHeaders =
  /^(accept|connection|content-.*|host|keep-alive|last-event-id|mcp-.*|te|trailer|transfer-encoding|upgrade)$/i;
const HeaderName = z.string().check(
  z.regex(/^[A-Za-z0-9-]{1,64}$/, 'is not the name of a header'),
  z.refine((name) => !ownHeaders.test(name), 'is a header that the protocol writes itself; leave it out'),
);
const HeaderValue = z
  .string()
  .check(z.maxLength(8192), z.regex(/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/, 'is not one line of plain ASCII'));

/** Sent to one upstream server and to nobody else; the gateway never tells it. Either the value or where it lies. */
const McpCredential = z
  .strictObject({
    header: z._default(HeaderName, 'authorization'),
    /** The whole value of the header: `Bearer …`. */
    value: z.optional(HeaderValue),
    /** Name of an SSM SecureString that holds the whole value of the header. */
    parameter: z.optional(
      z.string().check(z.regex(/^\/[A-Za-z0-9_./-]{1,1000}$/, 'is not the name of an SSM parameter (/…)')),
    ),
  })
  .check(
    z.refine(
      ({ value, parameter }) => (value === undefined) !== (parameter === undefined),
      'needs either value or parameter, not both; a secret belongs into an SSM parameter',
    ),
  );

/** Another MCP server, reached by Streamable HTTP; its tools are listed as `<name>__<tool>`. */
const McpUpstream = z.strictObject({
  url: z
    .url()
    .check(
      z.refine(
        isSafeAddress,
        'is not an https address (plain http only on this machine), without a user and a fragment',
      ),
    ),
  credential: z.optional(McpCredential),
  /** Sent as they are, and no secret: for that there is `credential`. */
  headers: z.optional(z.record(HeaderName, HeaderValue)),
  /** Patterns of its own names of tools; all unless set. */
  tools: z.optional(ModelPatterns),
  /** How long one call of a tool may take; 60 unless set. Node's fetch waits no longer than 300 for a byte. */
  timeout_seconds: z.optional(z.number().check(z.gte(1), z.lte(300))),
  /** How long the answer to one call may be; 1,000,000 unless set. */
  max_result_bytes: z.optional(z.int().check(z.gte(1_000), z.lte(5_000_000))),
});
export type McpUpstream = z.infer<typeof McpUpstream>;

const KeyId = z.string().check(z.regex(/^key_[A-Za-z0-9]{1,64}$/, 'is not the id of a key (key_…)'));
/** An https address, or one of a program's own scheme: never of a scheme that browsers give a meaning to. */
const RedirectUri = z.string().check(
  z.maxLength(1000),
  z.regex(
    /^(https:\/\/|(?!(https?|javascript|vbscript|data|blob|file|filesystem|about|view-source|wss?|ftp|mailto|tel|intent):)[a-z][a-z0-9+.-]+:)[\w\-.~!$&'()*+,;=:%/?]+$/,
    'is neither an https address nor one of a program of its own like cursor://…; write it exactly as the program asks for it',
  ),
  z.refine((text) => URL.canParse(text), 'is no address: its host or port cannot be; correct it'),
);

const Switch = z.enum(['on', 'off']);

/** The operator's document in PENNYWORTH_CONFIG: JSON. An unknown field is refused by name, so that a typing error shows. */
export const Config = z.strictObject({
  /** One server that speaks OpenAI's chat completions: Ollama, vLLM, llama.cpp … */
  openai_compatible: z.optional(
    z.strictObject({
      /** With its `/v1`. */
      base_url: z.url().check(z.regex(/^https?:\/\//, 'is an http or https address')),
      /** Ids as that server lists them. */
      models: z.array(z.string().check(z.minLength(1), z.maxLength(200))).check(z.maxLength(500)),
    }),
  ),
  /** Names of the operator's own, beside those of the catalogue. */
  aliases: z.optional(
    z.record(
      z
        .string()
        .check(
          z.regex(
            /^(?!arn:|bedrock\/)[A-Za-z0-9][\w.:/@-]{0,127}$/,
            'is not a name for a model: at most 128 letters, digits and . : / @ _ -, and not an ARN or bedrock/…',
          ),
        ),
      Alias,
    ),
  ),
  /** By alias, bare id or target id; the narrower of two holds. */
  prices: z.optional(z.record(Name, ConfiguredPrice)),
  /** Whether `global.` profiles come before those of the region's own geography. */
  prefer_global: z.optional(z.boolean()),
  /** `off`: no cache points but those a caller sets. */
  prompt_cache: z.optional(z.enum(['auto', 'off'])),
  /** Whether images may be fetched from the https addresses that callers name. */
  remote_images: z.optional(z.boolean()),
  /** A guardrail of the operator's; a caller cannot take it away or replace it. */
  guardrails: z.optional(
    z.strictObject({
      /** For every call by a key without one of its own, and by a token. */
      default: z.optional(ConfiguredGuardrail),
      /** By key id. */
      keys: z.optional(z.record(KeyId, ConfiguredGuardrail)),
    }),
  ),
  /**
   * What those may call for whom neither their own policy nor their teams' name models, all unless set; and the limits of
   * each person whose own policy has none.
   */
  default_policy: z.optional(z.strictObject({ models: z.optional(ModelPatterns), ...limitSettings })),
  mcp: z.optional(
    z.strictObject({
      /** Other MCP servers behind /mcp, by the name that their tools get in front. */
      servers: z.optional(
        z.record(
          z
            .string()
            .check(
              z.regex(
                /^[a-z0-9-]{1,24}$/,
                'is not a name for an MCP server: 1 to 24 small letters, digits and hyphens',
              ),
            ),
          McpUpstream,
        ),
      ),
      /** Where programs may have their codes sent, beside this computer, where that needs no entry; exactly as they ask. */
      redirect_uris: z.optional(z.array(RedirectUri).check(z.maxLength(50))),
    }),
  ),
  /** Answers of /v1/responses, kept for `previous_response_id` and to be read again. */
  stored_responses: z.optional(
    z.strictObject({
      /** For every call by a key without a word of its own, and by a token; `on` unless set. */
      default: z.optional(Switch),
      /** By key id. */
      keys: z.optional(z.record(KeyId, Switch)),
      /** How long they are kept; OpenAI's 30 unless set. */
      days: z.optional(z.int().check(z.gte(1), z.lte(30))),
    }),
  ),
});
export type Config = z.infer<typeof Config>;

/** Plain HTTP shows a credential to the whole way, so it may not leave the machine. */
function isSafeAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, hash } = new URL(text);
  if (username !== '' || password !== '' || hash !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(hostname));
}

/** @throws Error naming the path of every field at fault */
export function parseConfig(text: string | undefined): Config {
  if (text === undefined || text === '') return {};
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new Error('PENNYWORTH_CONFIG: is not JSON');
  }
  const parsed = Config.safeParse(content, readableErrors);
  if (parsed.success) return parsed.data;
  throw configError(parsed.error.issues.flatMap(faultsOf));
}

/** Any fault of the document, told in one form. `faults`: each `path: what is wrong; what to do`. */
export function configError(faults: readonly string[]): Error {
  return new Error(`PENNYWORTH_CONFIG: ${faults.join('; ')}`);
}

function faultsOf(issue: z.core.$ZodIssue): string[] {
  const pathOf = (...more: readonly PropertyKey[]) => [...issue.path, ...more].map(String).join('.') || 'document';
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${pathOf(key)}: is not a field of the document; leave it out`);
  }
  // Zod says only that the name of a record's member is wrong; what is wrong with it lies one deeper.
  const [inner] = issue.code === 'invalid_key' ? issue.issues : [];
  return [`${pathOf()}: ${inner?.message ?? issue.message}`];
}
