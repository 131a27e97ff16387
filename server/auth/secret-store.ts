import { createHash, hkdfSync, randomBytes } from 'node:crypto';
import { ConditionFailedError, type DynamoClient, type Item } from '../aws/dynamodb.ts';
import type { Parameters } from '../aws/ssm.ts';
import type { Clock } from '../clock.ts';
import { GatewayError, unavailable } from '../errors.ts';
import { type Logger, reasonOf } from '../observe/logger.ts';
import type { RootKeys, RootSecret } from './root-secret.ts';

export interface RootSecretOptions {
  readonly parameters: Parameters;
  readonly dynamo: DynamoClient;
  readonly table: string;
  /** Name of the SSM SecureString. */
  readonly parameterName: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How long a failure is remembered: a fault that lasts must not cost two AWS calls for each request. */
const failureMs = 3_000;
const fingerprintKey = { pk: 'ROOT', sk: 'F' };
/** `v1.` + 32 bytes in base64url. */
const layout = /^v1\.([A-Za-z0-9_-]{43})$/;

/**
 * The root secret in an SSM SecureString that is made on first use and never overwritten, held to the fingerprint that
 * stands in the table: with another secret no key would match and no sealed content could be opened.
 */
export function createRootSecret(options: RootSecretOptions): RootSecret {
  const { clock, logger } = options;
  let loading: Promise<RootKeys> | undefined;
  let failure: { readonly error: GatewayError; readonly until: number } | undefined;

  const load = async () => {
    try {
      return await loadRootKeys(options);
    } catch (thrown) {
      const error =
        thrown instanceof GatewayError
          ? thrown
          : unavailable('auth_unavailable', 'The root secret cannot be read at the moment. Try again.', 2, thrown);
      logger.error(error.code, { parameter: options.parameterName, table: options.table, cause: reasonOf(thrown) });
      failure = { error, until: clock.now() + failureMs };
      loading = undefined;
      throw error;
    }
  };

  return {
    keys() {
      if (failure && clock.now() < failure.until) return Promise.reject(failure.error);
      loading ??= load();
      return loading;
    },
  };
}

async function loadRootKeys({ parameters, dynamo, table, parameterName, clock }: RootSecretOptions): Promise<RootKeys> {
  const known = readFingerprint(await dynamo.getItem(table, fingerprintKey, { consistent: true }));
  const stored =
    (await parameters.find(parameterName)) ?? (known ? undefined : await makeSecret(parameters, parameterName));
  if (stored === undefined) throw mismatch('The parameter with the root secret is missing.');
  const keys = deriveRootKeys(stored);
  const agreed = known ?? (await writeFingerprint(dynamo, table, keys.fingerprint, clock.now()));
  if (agreed !== keys.fingerprint) throw mismatch('The parameter holds another root secret.');
  return keys;
}

/** Two starters at once end with the same secret: SSM creates a name once, and the loser reads the winner's. */
async function makeSecret(parameters: Parameters, name: string): Promise<string> {
  const made = `v1.${randomBytes(32).toString('base64url')}`;
  if ((await parameters.create(name, made)) === 'created') return made;
  const theirs = await parameters.find(name);
  if (theirs === undefined) throw new Error('the parameter was created by another starter and cannot be read yet');
  return theirs;
}

async function writeFingerprint(dynamo: DynamoClient, table: string, own: string, now: number): Promise<string> {
  const item = { ...fingerprintKey, v: 1, f: own, created_at: new Date(now).toISOString() };
  try {
    await dynamo.putItem(table, item, { condition: 'attribute_not_exists(pk)' });
    return own;
  } catch (error) {
    if (!(error instanceof ConditionFailedError)) throw error;
    const theirs = readFingerprint(error.item ?? (await dynamo.getItem(table, fingerprintKey, { consistent: true })));
    if (theirs === undefined) throw new Error('the fingerprint vanished between two reads', { cause: error });
    return theirs;
  }
}

function readFingerprint(item: Item | undefined): string | undefined {
  if (item === undefined) return undefined;
  const { v, f } = item;
  if (v === 1 && typeof f === 'string') return f;
  throw mismatch(`The table's fingerprint has the unknown version ${String(v)}.`);
}

/** @throws GatewayError 503 when the text is no root secret of ours: it is never replaced. */
function deriveRootKeys(stored: string): RootKeys {
  const encoded = layout.exec(stored)?.[1];
  if (encoded === undefined) throw mismatch('The parameter does not hold a root secret of version 1.');
  const secret = Buffer.from(encoded, 'base64url');
  const derive = (purpose: string) => Buffer.from(hkdfSync('sha256', secret, '', `pennyworth v1 ${purpose}`, 32));
  const fingerprint = createHash('sha256').update(derive('fingerprint')).digest('hex').slice(0, 16);
  return {
    fingerprint,
    pepper: derive('pepper'),
    pepperId: fingerprint.slice(0, 8),
    checksumKey: derive('checksum'),
    ledgerKey: derive('ledger'),
    sealingKey: derive('sealing'),
  };
}

function mismatch(what: string): GatewayError {
  return unavailable(
    'root_secret_mismatch',
    `${what} The operator must restore the root secret this deployment was made with; nothing was changed.`,
    30,
  );
}
