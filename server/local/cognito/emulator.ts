import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import path from 'node:path';
import {
  AwsFault,
  type Emulator,
  type EmulatorOptions,
  localCredentials,
  readBody,
  sendFault,
  sendJson,
  startEmulator,
} from '../emulator.ts';
import { verifySignature } from '../signature.ts';
import { adminUserOperations } from './admin-users.ts';
import { createChallenges } from './challenges.ts';
import { clientOperations } from './clients.ts';
import { domainOperations } from './domains.ts';
import { groupOperations } from './groups.ts';
import { type CognitoLimits, createThrottle } from './limits.ts';
import { listUsers } from './list-users.ts';
import { createMailbox } from './mailbox.ts';
import { createManagedLogin } from './managed-login.ts';
import { mfaOperations } from './mfa.ts';
import type { Context, Operation } from './operation.ts';
import { passwordResetOperations } from './password-reset.ts';
import { poolMfaOperations } from './pool-mfa.ts';
import { poolOperations } from './pools.ts';
import { resourceServerOperations } from './resource-servers.ts';
import { selfServiceOperations } from './self-service.ts';
import { sessionOperations } from './sessions.ts';
import { signInOperations } from './sign-in.ts';
import { openState } from './state.ts';
import { createTokenSigner, toPublicJwk } from './tokens.ts';

export interface CognitoOptions extends EmulatorOptions {
  /** Rates above which calls are refused; nothing is limited without it. */
  readonly limits?: CognitoLimits;
}

const operations = new Map<string, Operation>(
  Object.entries({
    ...poolOperations,
    ...poolMfaOperations,
    ...clientOperations,
    ...groupOperations,
    ...domainOperations,
    ...resourceServerOperations,
    ...adminUserOperations,
    ListUsers: listUsers,
    ...signInOperations,
    ...sessionOperations,
    ...mfaOperations,
    ...passwordResetOperations,
    ...selfServiceOperations,
  }),
);

const targetPrefix = 'AWSCognitoIdentityProviderService.';

/**
 * Cognito user pools on 127.0.0.1: JSON 1.1 at `/`, each pool's key set and OpenID configuration below `/<pool id>`, and the
 * managed login of all pools that have a domain at `/oauth2` and `/login`: the app client tells which pool is meant.
 * Everything but sign-ins that are half done is in `cognito.jsonl` in the data folder, and what it would have sent by
 * mail in `mail.jsonl`.
 * https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/
 */
export async function startCognito(options: CognitoOptions): Promise<Emulator> {
  const now = options.now ?? Date.now;
  const credentials = options.credentials ?? localCredentials;
  const calls = new Map<string, number>();
  const file = options.dataDir === undefined ? undefined : path.join(options.dataDir, 'cognito.jsonl');
  const state = openState(file, now());
  let url = '';
  const context: Context = {
    state,
    challenges: createChallenges(now),
    throttle: createThrottle(options.limits ?? {}, now),
    tokens: createTokenSigner(() => url),
    mailbox: createMailbox(options.dataDir === undefined ? undefined : path.join(options.dataDir, 'mail.jsonl'), now),
    region: options.region ?? 'us-west-2',
    now,
  };

  const managedLogin = createManagedLogin(context);

  const call = async (request: IncomingMessage): Promise<unknown> => {
    const body = await readBody(request);
    const target = request.headers['x-amz-target'];
    if (typeof target !== 'string' || !target.startsWith(targetPrefix)) throw unknownOperation();
    const name = target.slice(targetPrefix.length);
    calls.set(name, (calls.get(name) ?? 0) + 1);
    const operation = operations.get(name);
    if (operation === undefined) throw unknownOperation();
    if (operation.signed) {
      const { method = '', url: address = '', headers } = request;
      verifySignature({ method, url: address, headers }, body, { credentials, service: 'cognito-idp', now: now() });
    }
    context.throttle.countCall(operation.category);
    return operation.run(context, parseBody(body));
  };

  const listener: RequestListener = (request, response) => void answer(request, response);
  const emulator = await startEmulator(listener, { port: options.port, calls, close: () => state.close() });
  url = emulator.url;
  return emulator;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (request.method === 'POST' && request.url === '/') sendJson(response, 200, await call(request));
      else if (managedLogin.isAt(request)) {
        const name = (request.url ?? '').replace(/\?.*$/, '');
        calls.set(name, (calls.get(name) ?? 0) + 1);
        await managedLogin.answer(request, response);
      } else {
        calls.set('GET', (calls.get('GET') ?? 0) + 1);
        sendDocument(context, request, response);
      }
    } catch (error) {
      const fault = error instanceof AwsFault ? error : new AwsFault('InternalErrorException', String(error), 500);
      sendFault(response, fault);
    }
  }
}

function unknownOperation(): AwsFault {
  return new AwsFault('UnknownOperationException', 'Unknown operation.');
}

/** AWS's JSON protocols do not tell null from absent. */
function parseBody(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'), (_key, value) => (value === null ? undefined : value));
  } catch {
    throw new AwsFault('SerializationException', 'The request body is not JSON.');
  }
}

function sendDocument(context: Context, request: IncomingMessage, response: ServerResponse): void {
  const match = /^\/([^/?]+)\/\.well-known\/(jwks\.json|openid-configuration)$/.exec(request.url ?? '');
  const pool = context.state.pools.get(match?.[1] ?? '');
  if (request.method !== 'GET' || pool === undefined) {
    sendFault(response, new AwsFault('ResourceNotFoundException', 'There is nothing at this address.', 404));
    return;
  }
  const issuer = context.tokens.issuerOf(pool.id);
  const document =
    match?.[2] === 'jwks.json'
      ? { keys: [toPublicJwk(pool)] }
      : {
          id_token_signing_alg_values_supported: ['RS256'],
          issuer,
          jwks_uri: `${issuer}/.well-known/jwks.json`,
          response_types_supported: ['code', 'token'],
          scopes_supported: ['openid', 'email', 'phone', 'profile'],
          subject_types_supported: ['public'],
        };
  sendJson(response, 200, document, { 'content-type': 'application/json' });
}
