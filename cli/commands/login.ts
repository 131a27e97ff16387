import { Me } from '../../shared/api/me.ts';
import { Version } from '../../shared/api/version.ts';
import { Answers } from '../auth/answers.ts';
import type { StoredSession } from '../auth/credentials-file.ts';
import { showSecret } from '../auth/enrolment.ts';
import { setPreference } from '../auth/second-factor.ts';
import type { SignedIn, SignIn } from '../auth/srp.ts';
import type { CommandInput } from '../command.ts';
import { findUrl, profileNameOf } from '../config/profile.ts';
import type { Context } from '../context.ts';
import { stripControl } from '../output/strip-control.ts';
import { askText } from '../prompt.ts';

/** Signs in by SRP and keeps the tokens; the gateway tells where, so its address is all that is needed. */
export async function run(input: CommandInput, context: Context): Promise<void> {
  const config = await context.config();
  const name = profileNameOf(context.globals.profile, context.env, config);
  const url = await chooseUrl(input, context, findUrl(name, context.env, config));
  const answers = await Answers.open(input, context);
  try {
    const place = await findPlace(url, context);
    const username =
      input.options.find('username') ?? (await askText(context, 'E-mail or username:', 'use --username'));
    const signedIn = await signInAt(place, username, answers, context);
    const me = await accept(context, name, { url, ...place, signedIn });
    config.saveProfile(name, url);
    welcome(context, me, signedIn, config.folder);
  } finally {
    await answers.close();
  }
}

/** Where Cognito is, and as which client it is spoken to. */
interface Place {
  readonly endpoint: string;
  readonly clientId: string;
  readonly userPoolId: string;
}

async function findPlace(url: string, context: Context): Promise<Place> {
  const version = await (await context.apiAt(url)).get('/v1/version', Version);
  const { cognitoEndpointOf } = await import('../auth/cognito-endpoint.ts');
  const endpoint = cognitoEndpointOf(version);
  const text = `Gateway ${new URL(url).host}, pennyworth ${stripControl(version.version)}, ${version.region}`;
  context.io.note(text);
  return { endpoint, clientId: version.client_id, userPoolId: version.user_pool_id };
}

async function signInAt(place: Place, username: string, answers: Answers, context: Context): Promise<SignedIn> {
  const { endpoint } = place;
  const password = await answers.password();
  const [{ signIn }, { explainByClock }] = await Promise.all([import('../auth/srp.ts'), import('../auth/clock.ts')]);
  const options: SignIn = {
    ...place,
    username,
    password,
    timeoutMs: context.timeoutMs,
    trace: context.trace,
    newPassword: (use) => answers.newPassword(use),
    code: (use) => answers.code(endpoint, use),
    enrolmentCode: async (secret, use) => {
      answers.requireCode();
      context.io.note('This account must have a second factor.');
      await showSecret(context, answers, { account: username, secret });
      return answers.code(endpoint, use);
    },
  };
  try {
    return await signIn(options);
  } catch (error) {
    throw await explainByClock(error, { endpoint, now: context.now });
  }
}

/** Kept only if the gateway accepts it. No session is left alive that nobody holds: not this one, not the one before. */
async function accept(context: Context, name: string, session: NewSession): Promise<Me> {
  const stored = await storedForm(context, session);
  const { endSession } = await import('../auth/session.ts');
  try {
    const me = await prove(context, session);
    const former = await keep(context, name, stored);
    if (former) await endSession(former, context, 'the session before');
    return me;
  } catch (error) {
    await endSession(stored, context);
    throw error;
  }
}

async function prove(context: Context, session: NewSession): Promise<Me> {
  const { url, endpoint, clientId, signedIn } = session;
  const { accessToken } = signedIn.tokens;
  const me = await (await context.apiAt(url, { kind: 'session', bearer: async () => accessToken })).get('/v1/me', Me);
  if (signedIn.secondFactor === 'enrolled') {
    const { timeoutMs, trace } = context;
    await setPreference({ client: { endpoint, clientId, timeoutMs, trace }, accessToken }, true);
  }
  return me;
}

function welcome({ io }: Context, me: Me, { secondFactor }: SignedIn, folder: string): void {
  const groups = me.groups.length === 0 ? '' : ` (${me.groups.join(', ')})`;
  io.success(stripControl(`Signed in as ${me.email ?? me.user_id}${groups}; the session is kept in ${folder}`));
  if (me.groups.includes('admin') && !me.mfa && secondFactor === 'none') {
    io.note('Admin commands need a second factor, and this account has none yet.');
    io.nextStep('pennyworth mfa enroll');
  }
  io.nextStep('pennyworth keys create <name>');
}

async function chooseUrl(input: CommandInput, context: Context, known: string | undefined): Promise<string> {
  const { parseGatewayUrl } = await import('../config/gateway-url.ts');
  const [given] = input.arguments;
  if (given !== undefined) return parseGatewayUrl(given);
  if (known !== undefined) return known;
  const hint = 'pennyworth login https://<gateway>';
  return parseGatewayUrl(await askText(context, 'Address of the gateway:', hint));
}

interface NewSession extends Place {
  readonly url: string;
  readonly signedIn: SignedIn;
}

async function storedForm(context: Context, session: NewSession): Promise<StoredSession> {
  const { toStoredSession } = await import('../auth/session.ts');
  const { url, endpoint, clientId, signedIn } = session;
  const place = { url, cognito_endpoint: endpoint, client_id: clientId, username: signedIn.username };
  return toStoredSession(place, signedIn.tokens, context.now());
}

/** @returns what stood in its place */
async function keep(context: Context, profile: string, stored: StoredSession): Promise<StoredSession | undefined> {
  let former: StoredSession | undefined;
  const file = await context.credentials();
  await file.update(async (sessions) => {
    former = sessions.get(profile);
    return new Map(sessions).set(profile, stored);
  });
  return former;
}
