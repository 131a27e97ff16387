import * as z from 'zod/mini';
import { type Config, parseConfig } from './config.ts';
import { readableErrors } from './readable-errors.ts';

/**
 * The variables of the server (CONTRACTS §5), parsed once at start. A wrong or missing one stops the start with its
 * name. AWS's own variables (region, credentials, AWS_ENDPOINT_URL_*) are read where AWS's SDK would read them.
 */
const Environment = z.object({
  PENNYWORTH_TABLE: z.string().check(z.minLength(3)),
  PENNYWORTH_AUDIT_TABLE: z.string().check(z.minLength(3)),
  PENNYWORTH_BUCKET: z.string().check(z.minLength(3)),
  PENNYWORTH_USER_POOL_ID: z
    .string()
    .check(z.regex(/^[\w-]+_[0-9a-zA-Z]+$/, 'is a user pool id like us-west-2_AbCdEf123')),
  PENNYWORTH_CLIENT_ID: z.string().check(z.minLength(1)),
  PENNYWORTH_MCP_CLIENT_ID: z.optional(z.string().check(z.minLength(1))),
  PENNYWORTH_LOGIN_URL: z.optional(
    z
      .string()
      .check(
        z.regex(
          /^(https:\/\/[\w.-]+(:\d+)?|http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?)$/,
          'is the https address of the managed login, without a slash at the end',
        ),
      ),
  ),
  PENNYWORTH_ROOT_SECRET_PARAMETER: z.string().check(z.startsWith('/')),
  PENNYWORTH_CORS_ORIGINS: z.optional(z.string()),
  PENNYWORTH_GIT_SHA: z.optional(z.string()),
  PENNYWORTH_TOPIC_ARN: z.optional(
    z.string().check(z.regex(/^arn:[\w-]+:sns:[\w-]+:\d{12}:[\w-]+$/, 'is the ARN of an SNS topic')),
  ),
  PENNYWORTH_CONFIG: z.optional(z.string()),
  PENNYWORTH_FAIL_OPEN: z._default(z.enum(['0', '1'], 'is 0 or 1'), '0'),
  AWS_REGION: z._default(z.string(), 'us-west-2'),
});

export interface Settings {
  readonly table: string;
  readonly auditTable: string;
  readonly bucket: string;
  readonly userPoolId: string;
  readonly clientId: string;
  /**
   * The app client whose tokens are good at /mcp; null where there is none, or where API Gateway's stage tells it with
   * each request (a variable of the function would close a circle in the template).
   */
  readonly mcpClientId: string | null;
  /** Cognito's managed login; null: nobody signs in by a browser, and there is no OAuth. */
  readonly loginUrl: string | null;
  readonly rootSecretParameter: string;
  readonly corsOrigins: readonly string[];
  readonly gitSha: string | null;
  /** null: notices go to the log alone. */
  readonly topicArn: string | null;
  readonly region: string;
  /** Whether calls without any limit go on while DynamoDB does not answer. */
  readonly failOpen: boolean;
  readonly config: Config;
}

/** @throws Error naming every variable that is missing or wrong. */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const parsed = Environment.safeParse(environment, readableErrors);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`The environment is not complete. ${faults.join('; ')}`);
  }
  const { data } = parsed;
  if (data.PENNYWORTH_MCP_CLIENT_ID !== undefined && data.PENNYWORTH_LOGIN_URL === undefined) {
    throw new Error('The environment is not complete. PENNYWORTH_LOGIN_URL: PENNYWORTH_MCP_CLIENT_ID needs it');
  }
  if (data.PENNYWORTH_MCP_CLIENT_ID === data.PENNYWORTH_CLIENT_ID) {
    // Tokens of that client are good everywhere, so programs would be given all that their person may do.
    throw new Error('PENNYWORTH_MCP_CLIENT_ID: is PENNYWORTH_CLIENT_ID; make an app client of its own for /mcp');
  }
  return {
    table: data.PENNYWORTH_TABLE,
    auditTable: data.PENNYWORTH_AUDIT_TABLE,
    bucket: data.PENNYWORTH_BUCKET,
    userPoolId: data.PENNYWORTH_USER_POOL_ID,
    clientId: data.PENNYWORTH_CLIENT_ID,
    mcpClientId: data.PENNYWORTH_MCP_CLIENT_ID ?? null,
    loginUrl: data.PENNYWORTH_LOGIN_URL ?? null,
    rootSecretParameter: data.PENNYWORTH_ROOT_SECRET_PARAMETER,
    corsOrigins: (data.PENNYWORTH_CORS_ORIGINS ?? '')
      .split(',')
      .map((origin) => origin.trim())
      .filter(Boolean),
    gitSha: data.PENNYWORTH_GIT_SHA ?? null,
    topicArn: data.PENNYWORTH_TOPIC_ARN ?? null,
    region: data.AWS_REGION,
    failOpen: data.PENNYWORTH_FAIL_OPEN === '1',
    config: parseConfig(data.PENNYWORTH_CONFIG),
  };
}
