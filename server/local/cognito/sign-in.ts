import * as z from 'zod/mini';
import { AwsFault } from '../emulator.ts';
import { checkWritable, mergeAttributes, missingRequired, readableAttributes } from './attributes.ts';
import { getAnswered, getParameter, openChallenge, type ParameterMap } from './challenge-session.ts';
import { checkSecretHash } from './client-secret.ts';
import { allowsFlow } from './client-settings.ts';
import { invalidParameter, notAuthorized, userNotFound, wrongPassword } from './faults.ts';
import { checkMailedCode, checkSoftwareToken, continueWithMfa, finishSetup, selectFactor } from './mfa-challenges.ts';
import { type Context, getClient, getPool, type Operation, operation } from './operation.ts';
import { permanentPassword } from './passwords.ts';
import { refreshByFlow } from './sessions.ts';
import { createDecoy, isProven, parseTimestamp, startExchange } from './srp.ts';
import { type AppClient, type User, userKey } from './state.ts';
import { changeUser, claimAlias, findUser } from './users.ts';

const Parameters = z._default(z.record(z.string(), z.string()), {});
const Session = z.optional(z.string().check(z.minLength(20), z.maxLength(2048)));
/** How far a client's clock may be off. */
const clockSkewMs = 5 * 60_000;
const attributePrefix = 'userAttributes.';

export const signInOperations: Readonly<Record<string, Operation>> = {
  InitiateAuth: operation(
    'open',
    'UserAuthentication',
    z.object({ AuthFlow: z.string(), ClientId: z.string(), AuthParameters: Parameters }),
    (context, { AuthFlow: flow, ClientId, AuthParameters: parameters }) => {
      const client = getClient(context, ClientId);
      switch (flow) {
        case 'USER_SRP_AUTH':
          return startPasswordProof(context, client, parameters);
        case 'REFRESH_TOKEN_AUTH':
        case 'REFRESH_TOKEN':
          return { ChallengeParameters: {}, AuthenticationResult: refreshByFlow(context, client, parameters) };
        case 'USER_PASSWORD_AUTH':
        case 'CUSTOM_AUTH':
        case 'USER_AUTH':
          throw invalidParameter(`${flow} flow not enabled for this client`);
        default:
          throw invalidParameter('Initiate Auth method not supported.');
      }
    },
  ),
  RespondToAuthChallenge: operation(
    'open',
    'ChallengeResponse',
    z.object({ ChallengeName: z.string(), ClientId: z.string(), Session, ChallengeResponses: Parameters }),
    (context, { ChallengeName: name, ClientId, Session: session, ChallengeResponses: responses }) => {
      const client = getClient(context, ClientId);
      switch (name) {
        case 'PASSWORD_VERIFIER':
          return checkPasswordProof(context, client, responses);
        case 'NEW_PASSWORD_REQUIRED':
          return setNewPassword(context, client, session, responses);
        case 'SOFTWARE_TOKEN_MFA':
          return checkSoftwareToken(context, client, session, responses);
        case 'EMAIL_OTP':
          return checkMailedCode(context, client, session, responses);
        case 'SELECT_MFA_TYPE':
          return selectFactor(context, client, session, responses);
        case 'MFA_SETUP':
          return finishSetup(context, client, session, responses);
        default:
          throw invalidParameter(`${name} is not a challenge this user pool gives.`);
      }
    },
  ),
};

function startPasswordProof(context: Context, client: AppClient, parameters: ParameterMap): Record<string, unknown> {
  if (!allowsFlow(client.settings, 'ALLOW_USER_SRP_AUTH')) {
    throw invalidParameter('USER_SRP_AUTH is not enabled for the client.');
  }
  const name = getParameter(parameters, 'USERNAME');
  const clientPublic = getParameter(parameters, 'SRP_A');
  checkSecretHash(client, parameters['SECRET_HASH'], [name]);
  const pool = getPool(context, client.poolId);
  const user = findUser(context, pool, name);
  if (user === undefined && client.settings.PreventUserExistenceErrors === 'LEGACY') throw userNotFound();
  if (user !== undefined) context.throttle.countUser(userKey(pool.id, user.key), 'read');
  if (user?.enabled && user.status === 'RESET_REQUIRED') {
    // The old password is no longer one, so there is nothing to prove.
    throw new AwsFault('PasswordResetRequiredException', 'Password reset required for the user');
  }
  const credentials = user ?? createDecoy(pool.decoySecret, name);
  const exchange = startExchange(clientPublic, credentials);
  if (exchange === undefined) throw invalidParameter('SRP_A is not a valid public value.');
  const { username } = credentials;
  const challenge = {
    name: 'PASSWORD_VERIFIER',
    clientId: client.id,
    username,
    userKey: user?.key,
    key: exchange.key,
  } as const;
  return {
    ChallengeName: 'PASSWORD_VERIFIER',
    ChallengeParameters: {
      SALT: credentials.salt,
      SECRET_BLOCK: openChallenge(context, client, challenge),
      SRP_B: exchange.serverPublic,
      USERNAME: username,
      USER_ID_FOR_SRP: username,
    },
  };
}

/** Every wrong answer, whatever is wrong with it, gets the same refusal and uses the challenge up. */
function checkPasswordProof(context: Context, client: AppClient, responses: ParameterMap): Record<string, unknown> {
  const username = getParameter(responses, 'USERNAME');
  const secretBlock = getParameter(responses, 'PASSWORD_CLAIM_SECRET_BLOCK');
  const signature = getParameter(responses, 'PASSWORD_CLAIM_SIGNATURE');
  const timestamp = getParameter(responses, 'TIMESTAMP');
  checkSecretHash(client, responses['SECRET_HASH'], [username]);
  const signedAt = parseTimestamp(timestamp);
  if (signedAt === undefined) {
    throw invalidParameter('TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.');
  }
  const found = context.challenges.find('PASSWORD_VERIFIER', secretBlock);
  context.challenges.use(secretBlock);
  if (found.state !== 'open') throw wrongPassword();
  const { challenge } = found;
  const proof = {
    poolId: client.poolId,
    username: challenge.username,
    secretBlock: Buffer.from(secretBlock, 'base64'),
    timestamp,
    signature,
  };
  const user =
    challenge.userKey === undefined ? undefined : context.state.users.get(userKey(client.poolId, challenge.userKey));
  if (
    challenge.clientId !== client.id ||
    challenge.username !== username ||
    Math.abs(context.now() - signedAt) > clockSkewMs ||
    !isProven(challenge.key, proof) ||
    user === undefined
  ) {
    throw wrongPassword();
  }
  return continueSignIn(context, client, user);
}

/** After the password: the next challenge, or the tokens. */
function continueSignIn(context: Context, client: AppClient, user: User): Record<string, unknown> {
  if (!user.enabled) throw notAuthorized('User is disabled.');
  if (user.status === 'FORCE_CHANGE_PASSWORD') return askForNewPassword(context, client, user);
  return continueWithMfa(context, client, user);
}

function askForNewPassword(context: Context, client: AppClient, user: User): Record<string, unknown> {
  if (user.temporaryUntil !== undefined && user.temporaryUntil <= context.now()) {
    throw notAuthorized('Temporary password has expired and must be reset by an administrator.');
  }
  const pool = getPool(context, client.poolId);
  const { sub: _sub, ...attributes } = readableAttributes(client.settings, user.attributes);
  const { username, key } = user;
  const challenge = { name: 'NEW_PASSWORD_REQUIRED', clientId: client.id, username, userKey: key } as const;
  return {
    ChallengeName: 'NEW_PASSWORD_REQUIRED',
    Session: openChallenge(context, client, challenge),
    ChallengeParameters: {
      USER_ID_FOR_SRP: username,
      requiredAttributes: JSON.stringify(
        missingRequired(pool.schema, user.attributes).map((name) => `${attributePrefix}${name}`),
      ),
      userAttributes: JSON.stringify(attributes),
    },
  };
}

function setNewPassword(
  context: Context,
  client: AppClient,
  sent: string | undefined,
  responses: ParameterMap,
): Record<string, unknown> {
  return continueSignIn(context, client, takeNewPassword(context, client, sent, responses));
}

/** Whose new password this is; one that the policy refuses leaves the session good for another try. @throws AwsFault */
export function takeNewPassword(
  context: Context,
  client: AppClient,
  sent: string | undefined,
  responses: ParameterMap,
): User {
  const password = getParameter(responses, 'NEW_PASSWORD');
  const { session, user } = getAnswered(context, client, 'NEW_PASSWORD_REQUIRED', sent, responses);
  const pool = getPool(context, client.poolId);
  const changes = Object.entries(responses)
    .filter(([name]) => name.startsWith(attributePrefix))
    .map(([name, Value]) => ({ Name: name.slice(attributePrefix.length), Value }));
  checkWritable(
    client.settings,
    changes.map((change) => change.Name),
  );
  const attributes = mergeAttributes(pool.schema, user.attributes, changes);
  const [missing] = missingRequired(pool.schema, attributes);
  if (missing !== undefined) throw invalidParameter(`Missing required attribute ${missing}`);
  const credentials = permanentPassword(pool, user.username, password);
  claimAlias(context, pool, user.key, attributes, false);
  context.challenges.use(session);
  return changeUser(context, user, { ...credentials, attributes });
}
