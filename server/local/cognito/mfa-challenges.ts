import { AwsFault } from '../emulator.ts';
import { getAnswered, getParameter, openChallenge, type ParameterMap } from './challenge-session.ts';
import { invalidParameter, notAuthorized } from './faults.ts';
import { createCode, maskAddress } from './mailed-code.ts';
import { factorsOf, settableFactors } from './mfa-factors.ts';
import { type Context, getPool } from './operation.ts';
import { startSession } from './sessions.ts';
import { takeCode } from './software-token.ts';
import type { AppClient, MfaFactor, User } from './state.ts';
import { changeUser } from './users.ts';

type Answer = Record<string, unknown>;

/** What follows on a good password: the challenge of the person's second factor, or the tokens. */
export function continueWithMfa(context: Context, client: AppClient, user: User): Answer {
  const pool = getPool(context, client.poolId);
  const factors = factorsOf(pool, user);
  const [first, second] = factors;
  if (first !== undefined) {
    const preferred = factors.find((factor) => factor === user.preferredMfa);
    if (preferred !== undefined || second === undefined) return askForFactor(context, client, user, preferred ?? first);
    return ask(context, client, user, 'SELECT_MFA_TYPE', { MFAS_CAN_CHOOSE: JSON.stringify(factors) });
  }
  if (pool.settings.MfaConfiguration === 'ON') {
    return ask(context, client, user, 'MFA_SETUP', { MFAS_CAN_SETUP: JSON.stringify(settableFactors(pool)) });
  }
  return finish(context, client, user);
}

export function checkSoftwareToken(
  context: Context,
  client: AppClient,
  sent: string | undefined,
  responses: ParameterMap,
): Answer {
  return finish(context, client, takeSoftwareToken(context, client, sent, responses));
}

/** Whose right code this is; a wrong one leaves the session good for another try. @throws AwsFault */
export function takeSoftwareToken(
  context: Context,
  client: AppClient,
  sent: string | undefined,
  responses: ParameterMap,
): User {
  const code = getParameter(responses, 'SOFTWARE_TOKEN_MFA_CODE');
  const { session, user } = getAnswered(context, client, 'SOFTWARE_TOKEN_MFA', sent, responses);
  if (user.softwareToken === undefined) throw tokenNotFound('Software Token MFA does not exist for the user.');
  const taken = takeCode(user.softwareToken, code, context.now());
  if (taken === 'used') {
    throw new AwsFault('ExpiredCodeException', 'Your software token has already been used once.');
  }
  if (taken === 'wrong') throw new AwsFault('CodeMismatchException', 'Invalid code received for user');
  context.challenges.use(session);
  const next = { ...user, softwareToken: taken };
  context.state.users.put(next);
  return next;
}

export function selectFactor(
  context: Context,
  client: AppClient,
  sent: string | undefined,
  responses: ParameterMap,
): Answer {
  const answer = getParameter(responses, 'ANSWER');
  const { session, user } = getAnswered(context, client, 'SELECT_MFA_TYPE', sent, responses);
  const factor = factorsOf(getPool(context, client.poolId), user).find((name) => name === answer);
  if (factor === undefined) throw invalidParameter('Invalid MFA type selected.');
  context.challenges.use(session);
  return askForFactor(context, client, user, factor);
}

/** The session is the one that VerifySoftwareToken gave. */
export function finishSetup(
  context: Context,
  client: AppClient,
  sent: string | undefined,
  responses: ParameterMap,
): Answer {
  const { session, challenge, user } = getAnswered(context, client, 'MFA_SETUP', sent, responses);
  if (!challenge.isVerified) throw notAuthorized('Invalid session for the user.');
  context.challenges.use(session);
  // A pool that demands a second factor has it in force from here on, without a preference.
  const factors = [...new Set<MfaFactor>([...user.mfaSettings, 'SOFTWARE_TOKEN_MFA'])];
  return finish(context, client, changeUser(context, user, { mfaSettings: factors }));
}

export function tokenNotFound(message: string): AwsFault {
  return new AwsFault('SoftwareTokenMFANotFoundException', message);
}

/** The code that was mailed; a wrong one leaves the session good for another try. */
export function checkMailedCode(
  context: Context,
  client: AppClient,
  sent: string | undefined,
  responses: ParameterMap,
): Answer {
  const code = getParameter(responses, 'EMAIL_OTP_CODE');
  const { session, challenge, user } = getAnswered(context, client, 'EMAIL_OTP', sent, responses);
  if (code !== challenge.code) throw new AwsFault('CodeMismatchException', 'Invalid code or auth state for the user.');
  context.challenges.use(session);
  return finish(context, client, user);
}

function askForMailedCode(context: Context, client: AppClient, user: User): Answer {
  const code = createCode(8);
  const { email = '' } = user.attributes;
  const { Message = 'Your authentication code is {####}.', Subject = 'Your authentication code' } =
    getPool(context, client.poolId).mfa?.email ?? {};
  context.mailbox.send({ to: email, subject: Subject, body: Message.replaceAll('{####}', code) });
  const { username, key } = user;
  const challenge = { name: 'EMAIL_OTP', clientId: client.id, username, userKey: key, code } as const;
  return {
    ChallengeName: 'EMAIL_OTP',
    Session: openChallenge(context, client, challenge),
    ChallengeParameters: {
      USER_ID_FOR_SRP: username,
      CODE_DELIVERY_DELIVERY_MEDIUM: 'EMAIL',
      CODE_DELIVERY_DESTINATION: maskAddress(email),
    },
  };
}

function askForFactor(context: Context, client: AppClient, user: User, factor: MfaFactor): Answer {
  if (factor === 'EMAIL_OTP') return askForMailedCode(context, client, user);
  const { deviceName } = user.softwareToken ?? {};
  return ask(context, client, user, factor, deviceName === undefined ? {} : { FRIENDLY_DEVICE_NAME: deviceName });
}

function ask(
  context: Context,
  client: AppClient,
  { username, key }: User,
  name: 'SOFTWARE_TOKEN_MFA' | 'SELECT_MFA_TYPE' | 'MFA_SETUP',
  parameters: ParameterMap,
): Answer {
  const person = { clientId: client.id, username, userKey: key };
  const challenge = name === 'MFA_SETUP' ? { ...person, name, isVerified: false } : { ...person, name };
  return {
    ChallengeName: name,
    Session: openChallenge(context, client, challenge),
    ChallengeParameters: { USER_ID_FOR_SRP: username, ...parameters },
  };
}

function finish(context: Context, client: AppClient, user: User): Answer {
  return { ChallengeParameters: {}, AuthenticationResult: startSession(context, client, user) };
}
