import { Me } from '../../shared/api/me.ts';
import { Version } from '../../shared/api/version.ts';
import type { SignedIn } from '../auth/srp.ts';
import type { CommandInput } from '../command.ts';
import { findUrl, profileNameOf } from '../config/profile.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { stripControl } from '../output/strip-control.ts';
import { askSecret, askText } from '../prompt.ts';

/** Signs in by SRP and keeps the tokens; the gateway tells where, so its address is all that is needed. */
export async function run(input: CommandInput, context: Context): Promise<void> {
  const { io } = context;
  const config = await context.config();
  const name = profileNameOf(context.globals.profile, context.env, config);
  const url = await chooseUrl(input, context, findUrl(name, context.env, config));
  const secrets = await readSecrets(input, context);

  const version = await (await context.apiAt(url)).get('/v1/version', Version);
  const { cognitoEndpointOf } = await import('../auth/cognito-endpoint.ts');
  const endpoint = cognitoEndpointOf(version);
  io.note(`Gateway ${new URL(url).host}, pennyworth ${stripControl(version.version)}, ${version.region}`);

  const username = input.options.find('username') ?? (await askText(context, 'E-mail or username:', 'use --username'));
  const password = secrets.password ?? (await askSecret(context, 'Password:', 'use --password-stdin'));
  const { signIn } = await import('../auth/srp.ts');
  const signedIn = await signIn({
    endpoint,
    userPoolId: version.user_pool_id,
    clientId: version.client_id,
    username,
    password,
    timeoutMs: context.timeoutMs,
    newPassword: async () => secrets.newPassword ?? askNewPassword(context),
  });

  // Kept only if the gateway accepts it.
  const token = signedIn.tokens.accessToken;
  const me = await (await context.apiAt(url, { kind: 'session', bearer: async () => token })).get('/v1/me', Me);
  await keep(context, name, { url, endpoint, clientId: version.client_id, signedIn });
  config.saveProfile(name, url);
  const groups = me.groups.length === 0 ? '' : ` (${me.groups.join(', ')})`;
  io.success(stripControl(`Signed in as ${me.email ?? me.user_id}${groups}; the session is kept in ${config.folder}`));
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

interface Secrets {
  readonly password: string | undefined;
  readonly newPassword: string | undefined;
}

/** One line of stdin for each switch, in this order. @throws UsageError for a missing line */
async function readSecrets({ options }: CommandInput, { io }: Context): Promise<Secrets> {
  const wanted = (['passwordStdin', 'newPasswordStdin'] as const).filter((name) => options.isOn(name));
  if (wanted.length === 0) return { password: undefined, newPassword: undefined };
  const lines = (await io.readInput()).split(/\r?\n/);
  const lineFor = (name: (typeof wanted)[number]) => {
    if (!wanted.includes(name)) return undefined;
    const line = lines[wanted.indexOf(name)];
    if (line) return line;
    throw new UsageError('stdin holds no password', { hint: 'pipe one line for each password switch' });
  };
  return { password: lineFor('passwordStdin'), newPassword: lineFor('newPasswordStdin') };
}

async function askNewPassword(context: Context): Promise<string> {
  const hint = 'use --new-password-stdin';
  context.io.note('A new password must be set before the first use.');
  const password = await askSecret(context, 'New password:', hint);
  if ((await askSecret(context, 'New password again:', hint)) === password) return password;
  throw new UsageError('the two new passwords differ', { hint: 'pennyworth login' });
}

interface NewSession {
  readonly url: string;
  readonly endpoint: string;
  readonly clientId: string;
  readonly signedIn: SignedIn;
}

async function keep(context: Context, profile: string, session: NewSession): Promise<void> {
  const { toStoredSession } = await import('../auth/session.ts');
  const { url, endpoint, clientId, signedIn } = session;
  const place = { url, cognito_endpoint: endpoint, client_id: clientId, username: signedIn.username };
  const stored = toStoredSession(place, signedIn.tokens, context.now());
  const file = await context.credentials();
  await file.update(async (sessions) => new Map(sessions).set(profile, stored));
}
