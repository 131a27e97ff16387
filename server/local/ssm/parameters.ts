import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { AwsFault } from '../emulator.ts';
import { openJournal } from '../journal.ts';

const types = ['String', 'StringList', 'SecureString'] as const;
const maximumValueLength = 4096;
const maximumNames = 10;

const Parameter = z.object({
  name: z.string(),
  type: z.enum(types),
  value: z.string(),
  version: z.number(),
  /** ms since the epoch */
  modifiedAt: z.number(),
});
type Parameter = z.infer<typeof Parameter>;

const JournalRecord = z.union([z.object({ put: Parameter }), z.object({ delete: z.string() })]);

const GetInput = z.object({ Name: z.string(), WithDecryption: z.optional(z.boolean()) });
const GetManyInput = z.object({ Names: z.array(z.string()), WithDecryption: z.optional(z.boolean()) });
const DeleteInput = z.object({ Name: z.string() });
const PutInput = z.object({
  Name: z.string(),
  Value: z.string(),
  Type: z.optional(z.enum(types)),
  Overwrite: z.optional(z.boolean()),
});
const ByPathInput = z.object({
  Path: z.string(),
  Recursive: z.optional(z.boolean()),
  WithDecryption: z.optional(z.boolean()),
  MaxResults: z.optional(z.int().check(z.minimum(1), z.maximum(10))),
  NextToken: z.optional(z.string()),
});

export interface Parameters {
  readonly operations: ReadonlyMap<string, (input: unknown) => object>;
  close(): void;
}

/** The parameter store: standard tier, newest version only. Every change is in the journal before it is answered. */
export function openParameters(options: {
  readonly file?: string;
  readonly region: string;
  readonly now: () => number;
}): Parameters {
  const parameters = new Map<string, Parameter>();
  const journal = openJournal<z.infer<typeof JournalRecord>>(
    options.file,
    (raw) => {
      const record = z.parse(JournalRecord, raw);
      if ('put' in record) parameters.set(record.put.name, record.put);
      else parameters.delete(record.delete);
    },
    () => [...parameters.values()].map((put) => ({ put })),
  );

  function encode(parameter: Parameter, decrypted: boolean) {
    const hidden = parameter.type === 'SecureString' && !decrypted;
    return {
      Name: parameter.name,
      Type: parameter.type,
      Value: hidden ? createHash('sha512').update(parameter.value).digest('base64') : parameter.value,
      Version: parameter.version,
      LastModifiedDate: parameter.modifiedAt / 1000,
      ARN: `arn:aws:ssm:${options.region}:000000000000:parameter${parameter.name.startsWith('/') ? '' : '/'}${parameter.name}`,
      DataType: 'text',
    };
  }

  function getParameter(raw: unknown): object {
    const input = parse(GetInput, raw);
    return { Parameter: encode(getNamed(input.Name), input.WithDecryption ?? false) };
  }

  function getNamed(name: string): Parameter {
    const parameter = parameters.get(name);
    if (parameter === undefined) throw new AwsFault('ParameterNotFound', `Parameter ${name} not found.`);
    return parameter;
  }

  function getParameters(raw: unknown): object {
    const input = parse(GetManyInput, raw);
    if (input.Names.length < 1 || input.Names.length > maximumNames) {
      throw invalid(`'names' failed to satisfy constraint: Member must have length between 1 and ${maximumNames}`);
    }
    const found = input.Names.flatMap((name) => parameters.get(name) ?? []);
    return {
      Parameters: found.map((parameter) => encode(parameter, input.WithDecryption ?? false)),
      InvalidParameters: input.Names.filter((name) => !parameters.has(name)),
    };
  }

  function putParameter(raw: unknown): object {
    const input = parse(PutInput, raw);
    checkName(input.Name);
    const old = parameters.get(input.Name);
    if (old !== undefined && input.Overwrite !== true) {
      throw new AwsFault(
        'ParameterAlreadyExists',
        'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
      );
    }
    const type = input.Type ?? old?.type;
    if (type === undefined) throw invalid('A parameter type is required when you create a parameter.');
    if (input.Value.length === 0) {
      throw invalid(
        "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1.",
      );
    }
    if (input.Value.length > maximumValueLength) {
      throw invalid(
        `Standard tier parameters support a maximum parameter value of ${maximumValueLength} characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier.`,
      );
    }
    const version = (old?.version ?? 0) + 1;
    const parameter = { name: input.Name, type, value: input.Value, version, modifiedAt: options.now() };
    journal.append({ put: parameter });
    parameters.set(input.Name, parameter);
    return { Version: version, Tier: 'Standard' };
  }

  function deleteParameter(raw: unknown): object {
    const { name } = getNamed(parse(DeleteInput, raw).Name);
    journal.append({ delete: name });
    parameters.delete(name);
    return {};
  }

  function getParametersByPath(raw: unknown): object {
    const input = parse(ByPathInput, raw);
    const prefix = input.Path.endsWith('/') ? input.Path : `${input.Path}/`;
    const names = [...parameters.keys()]
      .filter((name) => name.startsWith(prefix))
      .filter((name) => input.Recursive === true || !name.slice(prefix.length).includes('/'))
      .filter((name) => input.NextToken === undefined || name > input.NextToken)
      .sort();
    const page = names.slice(0, input.MaxResults ?? maximumNames);
    return {
      Parameters: page.map((name) => encode(getNamed(name), input.WithDecryption ?? false)),
      ...(page.length < names.length ? { NextToken: page.at(-1) } : {}),
    };
  }

  return {
    operations: new Map([
      ['DeleteParameter', deleteParameter],
      ['GetParameter', getParameter],
      ['GetParameters', getParameters],
      ['GetParametersByPath', getParametersByPath],
      ['PutParameter', putParameter],
    ]),
    close: () => journal.close(),
  };
}

function invalid(message: string): AwsFault {
  return new AwsFault('ValidationException', message);
}

function parse<T>(schema: z.ZodMiniType<T>, raw: unknown): T {
  const parsed = z.safeParse(schema, raw);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(`'${issue?.path.join('.')}' failed to satisfy constraint: ${issue?.message}`);
}

function checkName(name: string): void {
  if (!/^[\w.\-/]{1,1011}$/.test(name)) {
    throw invalid(
      'Parameter name: can be of letters, digits and the symbols _.-/ only, and up to 1011 characters long.',
    );
  }
  if (/^\/?(aws|ssm)/i.test(name)) {
    throw invalid('Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).');
  }
  if (name.includes('/') && !name.startsWith('/')) throw invalid('Parameter name must be a fully qualified name.');
}
