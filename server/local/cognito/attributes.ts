import * as z from 'zod/mini';
import { invalidParameter, notAuthorized } from './faults.ts';

export const SchemaAttribute = z.object({
  Name: z.string(),
  AttributeDataType: z.enum(['String', 'Number', 'DateTime', 'Boolean']),
  DeveloperOnlyAttribute: z.boolean(),
  Mutable: z.boolean(),
  Required: z.boolean(),
  StringAttributeConstraints: z.optional(
    z.object({ MinLength: z.optional(z.string()), MaxLength: z.optional(z.string()) }),
  ),
  NumberAttributeConstraints: z.optional(
    z.object({ MinValue: z.optional(z.string()), MaxValue: z.optional(z.string()) }),
  ),
});
export type SchemaAttribute = z.infer<typeof SchemaAttribute>;

/** An entry of `Schema` or `CustomAttributes`, where everything but the name has a default. */
export const SchemaInput = z.extend(z.partial(SchemaAttribute), {
  Name: z.string().check(z.minLength(1), z.maxLength(20), z.regex(/^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$/u)),
});
export type SchemaInput = z.infer<typeof SchemaInput>;

export const AttributeList = z.array(
  z.object({
    Name: z.string().check(z.minLength(1), z.maxLength(32)),
    Value: z._default(z.string().check(z.maxLength(2048)), ''),
  }),
);
export type AttributeList = z.infer<typeof AttributeList>;

export type Attributes = Readonly<Record<string, string>>;

const mostCustomAttributes = 50;
const emailPattern = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

const standardTypes: ReadonlyMap<string, SchemaAttribute['AttributeDataType']> = new Map(
  Object.entries({
    address: 'String',
    birthdate: 'String',
    email: 'String',
    email_verified: 'Boolean',
    family_name: 'String',
    gender: 'String',
    given_name: 'String',
    locale: 'String',
    middle_name: 'String',
    name: 'String',
    nickname: 'String',
    phone_number: 'String',
    phone_number_verified: 'Boolean',
    picture: 'String',
    preferred_username: 'String',
    profile: 'String',
    sub: 'String',
    updated_at: 'Number',
    website: 'String',
    zoneinfo: 'String',
  } as const),
);

/** Cognito alone writes these; no app client may. */
const unwritable: ReadonlySet<string> = new Set(['sub', 'email_verified', 'phone_number_verified']);

export function looksLikeEmail(text: string): boolean {
  return emailPattern.test(text);
}

/** A new pool's schema: the standard attributes, changed by the entries that name one, and the custom ones. */
export function createSchema(entries: readonly SchemaInput[]): SchemaAttribute[] {
  const changes = new Map(entries.map((entry) => [entry.Name, entry]));
  const standard = [...standardTypes].map(([name, type]) => {
    const isSub = name === 'sub';
    const defaults = { Name: name, AttributeDataType: type, Mutable: !isSub, Required: isSub };
    return complete(defaults, changes.get(name));
  });
  return addCustomAttributes(
    standard,
    entries.filter((entry) => !standardTypes.has(entry.Name)),
  );
}

/** @throws AwsFault when a name is taken, an attribute is to be required, or there would be more than 50. */
export function addCustomAttributes(
  schema: readonly SchemaAttribute[],
  entries: readonly SchemaInput[],
): SchemaAttribute[] {
  const result = [...schema];
  for (const entry of entries) {
    const name = `${entry.DeveloperOnlyAttribute ? 'dev:' : ''}custom:${entry.Name}`;
    if (entry.Required) throw invalidParameter('Required custom attributes are not supported currently.');
    if (result.some((known) => known.Name === name)) {
      throw invalidParameter(`${name}: Existing attribute already has name ${name}.`);
    }
    result.push(complete({ Name: name, AttributeDataType: 'String', Mutable: true, Required: false }, entry));
  }
  if (result.filter((attribute) => attribute.Name.includes('custom:')).length > mostCustomAttributes) {
    throw invalidParameter(`A user pool can have at most ${mostCustomAttributes} custom attributes.`);
  }
  return result;
}

function complete(
  defaults: Pick<SchemaAttribute, 'Name' | 'AttributeDataType' | 'Mutable' | 'Required'>,
  entry: SchemaInput | undefined,
): SchemaAttribute {
  return {
    Name: defaults.Name,
    AttributeDataType: entry?.AttributeDataType ?? defaults.AttributeDataType,
    DeveloperOnlyAttribute: entry?.DeveloperOnlyAttribute ?? false,
    Mutable: entry?.Mutable ?? defaults.Mutable,
    Required: entry?.Required ?? defaults.Required,
    StringAttributeConstraints: entry?.StringAttributeConstraints,
    NumberAttributeConstraints: entry?.NumberAttributeConstraints,
  };
}

/**
 * The attributes after a change. What is not named keeps its value; a new e-mail or phone number that is not said to
 * be verified is not.
 * @throws AwsFault when a name is not in the schema or a value does not fit it.
 */
export function mergeAttributes(
  schema: readonly SchemaAttribute[],
  current: Attributes,
  changes: AttributeList,
): Attributes {
  const next: Record<string, string> = { ...current };
  for (const { Name, Value } of changes) {
    const attribute = schema.find((entry) => entry.Name === Name);
    if (attribute === undefined) {
      throw invalidParameter(
        `Attributes did not conform to the schema: Type for attribute {${Name}} could not be determined`,
      );
    }
    if (Name === 'sub' || (!attribute.Mutable && current[Name] !== undefined)) {
      throw invalidParameter(`user.${Name}: Attribute cannot be updated.`);
    }
    checkValue(attribute, Value);
    next[Name] = Value;
  }
  for (const name of ['email', 'phone_number']) {
    const isSaid = changes.some((change) => change.Name === `${name}_verified`);
    if (next[name] !== current[name] && !isSaid) next[`${name}_verified`] = 'false';
  }
  return next;
}

/** @throws AwsFault when a required attribute has no value. */
export function checkRequired(schema: readonly SchemaAttribute[], attributes: Attributes): void {
  const [missing] = missingRequired(schema, attributes);
  if (missing !== undefined) {
    throw invalidParameter(`Attributes did not conform to the schema: ${missing}: The attribute is required`);
  }
}

export function missingRequired(schema: readonly SchemaAttribute[], attributes: Attributes): string[] {
  return schema
    .filter((attribute) => attribute.Required && !attributes[attribute.Name])
    .map((attribute) => attribute.Name);
}

function checkValue(attribute: SchemaAttribute, value: string): void {
  const refuse = (reason: string) =>
    invalidParameter(`Attributes did not conform to the schema: ${attribute.Name}: ${reason}`);
  if (value === '') return; // an empty value leaves the attribute empty, whatever its type
  if (attribute.Name === 'email' && !looksLikeEmail(value)) throw invalidParameter('Invalid email address format.');
  if (attribute.Name === 'phone_number' && !/^\+\d{1,15}$/.test(value)) {
    throw invalidParameter('Invalid phone number format.');
  }
  const { MinLength, MaxLength } = attribute.StringAttributeConstraints ?? {};
  if (MinLength !== undefined && value.length < Number(MinLength)) {
    throw refuse(`String must be at least ${MinLength} characters long`);
  }
  if (MaxLength !== undefined && value.length > Number(MaxLength)) {
    throw refuse(`String cannot be longer than ${MaxLength} characters`);
  }
  if (attribute.AttributeDataType === 'Boolean' && value !== 'true' && value !== 'false') {
    throw refuse('Attribute value must be "true" or "false"');
  }
  if (attribute.AttributeDataType === 'Number') checkNumber(attribute, value, refuse);
}

function checkNumber(attribute: SchemaAttribute, value: string, refuse: (reason: string) => Error): void {
  const number = Number(value);
  const { MinValue, MaxValue } = attribute.NumberAttributeConstraints ?? {};
  if (Number.isNaN(number)) throw refuse('Attribute value must be a number');
  if (MinValue !== undefined && number < Number(MinValue)) throw refuse(`Number must be at least ${MinValue}`);
  if (MaxValue !== undefined && number > Number(MaxValue)) throw refuse(`Number cannot be greater than ${MaxValue}`);
}

interface Permissions {
  readonly ReadAttributes?: readonly string[] | undefined;
  readonly WriteAttributes?: readonly string[] | undefined;
}

/** What an app client's tokens show: `sub`, and the attributes listed for it, by default the standard ones. */
export function readableAttributes(permissions: Permissions, attributes: Attributes): Attributes {
  const { ReadAttributes: listed } = permissions;
  const isReadable = (name: string) =>
    name === 'sub' || (listed === undefined ? standardTypes.has(name) : listed.includes(name));
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => isReadable(name)));
}

/** @throws AwsFault when an app client may not write one of these: by default it may write the standard ones. */
export function checkWritable(permissions: Permissions, names: readonly string[]): void {
  const { WriteAttributes: listed } = permissions;
  for (const name of names) {
    const isWritable = listed === undefined ? standardTypes.has(name) : listed.includes(name);
    if (!isWritable || unwritable.has(name)) {
      throw notAuthorized('A client attempted to write unauthorized attribute');
    }
  }
}

/** @throws AwsFault when an app client is given attributes that the pool lacks or that nobody may write. */
export function checkPermissions(
  schema: readonly SchemaAttribute[],
  { ReadAttributes: read, WriteAttributes: write }: Permissions,
  doing: 'creating' | 'updating',
): void {
  const isKnown = (name: string) => schema.some((attribute) => attribute.Name === name);
  if (read !== undefined && !read.every(isKnown)) {
    throw invalidParameter(`Invalid read attributes specified while ${doing} a client`);
  }
  if (write === undefined) return;
  const required = schema.filter((attribute) => attribute.Required && attribute.Name !== 'sub');
  const isComplete = required.every((attribute) => write.includes(attribute.Name));
  if (!isComplete || !write.every((name) => isKnown(name) && !unwritable.has(name))) {
    throw invalidParameter(`Invalid write attributes specified while ${doing} a client`);
  }
}

export function toAttributeList(attributes: Attributes): { Name: string; Value: string }[] {
  return Object.entries(attributes).map(([Name, Value]) => ({ Name, Value }));
}
