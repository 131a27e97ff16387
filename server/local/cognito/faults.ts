import * as z from 'zod/mini';
import { AwsFault } from '../emulator.ts';

// Cognito's errors: all of them HTTP 400, in its own words, because clients match on the words.

export function invalidParameter(message: string): AwsFault {
  return new AwsFault('InvalidParameterException', message);
}

export function notAuthorized(message: string): AwsFault {
  return new AwsFault('NotAuthorizedException', message);
}

export function resourceNotFound(message: string): AwsFault {
  return new AwsFault('ResourceNotFoundException', message);
}

export function userNotFound(): AwsFault {
  return new AwsFault('UserNotFoundException', 'User does not exist.');
}

/** The same for a wrong password and for a person who does not exist. */
export function wrongPassword(): AwsFault {
  return notAuthorized('Incorrect username or password.');
}

/**
 * The input of an operation; members it does not know are left out, as the service does.
 * @throws AwsFault InvalidParameterException in the words of AWS's request validation.
 */
export function parseInput<S extends z.core.$ZodType>(schema: S, input: unknown): z.core.output<S> {
  const parsed = z.safeParse(schema, input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (issue === undefined) throw invalidParameter('The request is not valid.');
  const isMissing = issue.code === 'invalid_type' && valueAt(input, issue.path) === undefined;
  throw invalidParameter(
    `1 validation error detected: Value ${isMissing ? 'null ' : ''}at '${memberPath(issue.path)}' failed to satisfy constraint: ${isMissing ? 'Member must not be null' : constraintOf(issue)}`,
  );
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

function memberPath(path: readonly PropertyKey[]): string {
  const parts = path.map((key) => {
    if (typeof key === 'number') return `${key + 1}.member`;
    const name = String(key);
    return name.charAt(0).toLowerCase() + name.slice(1);
  });
  return parts.join('.');
}

function constraintOf(issue: z.core.$ZodIssue): string {
  const what = 'origin' in issue && issue.origin === 'string' ? 'have length' : 'have value';
  switch (issue.code) {
    case 'too_big':
      return `Member must ${what} less than or equal to ${issue.maximum}`;
    case 'too_small':
      return `Member must ${what} greater than or equal to ${issue.minimum}`;
    case 'invalid_value':
      return `Member must satisfy enum value set: [${issue.values.map(String).join(', ')}]`;
    case 'invalid_format':
      return `Member must satisfy regular expression pattern: ${issue.pattern ?? issue.format}`;
    case 'invalid_type':
      return `Member must be of type ${issue.expected}`;
    default:
      return issue.message;
  }
}
