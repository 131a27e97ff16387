import { obeyProxyVariables } from '../api/proxy.ts';
import { signOutEverywhere } from '../auth/cognito.ts';
import type { StoredSession } from '../auth/credentials-file.ts';
import { clientOf, endSession } from '../auth/session.ts';
import type { CommandInput } from '../command.ts';
import { profileNameOf } from '../config/profile.ts';
import type { Context } from '../context.ts';
import { AuthError } from '../errors.ts';

/**
 * Revokes the refresh token at Cognito, then forgets the tokens; the latter also where Cognito is out of reach. With
 * --all every session of the person ends, on every machine: where that cannot be done nothing is forgotten, so that it
 * can be tried again.
 */
export async function run(input: CommandInput, context: Context): Promise<void> {
  const { io } = context;
  const name = profileNameOf(context.globals.profile, context.env, await context.config());
  await obeyProxyVariables(context.env);
  const file = await context.credentials();
  const names = input.options.isOn('allProfiles') ? [...(await file.read()).keys()] : [name];
  if (names.length === 0) io.note('Nobody was signed in.');
  const end = input.options.isOn('all') ? endEverywhere : endHere;
  for (const profile of names) {
    const stored = (await file.read()).get(profile);
    if (stored) io.success(`Signed out of ${new URL(stored.url).host}${await end(profile, stored, context)}`);
    else io.note(`Nobody was signed in with the profile "${profile}".`);
  }
}

/** Ends this one session. What it returns is the end of the line that tells of it. */
async function endHere(profile: string, _stored: StoredSession, context: Context): Promise<string> {
  let told = '';
  await forget(profile, context, async (stored) => {
    if (!(await endSession(stored, context))) told = ' on this machine';
  });
  return told;
}

/**
 * Ends every session of the person. It needs an access token that holds.
 * @throws AuthError when this session had ended before; UpstreamError when Cognito is out of reach
 */
async function endEverywhere(profile: string, stored: StoredSession, context: Context): Promise<string> {
  try {
    const session = await context.session({ name: profile, url: stored.url, model: undefined });
    await signOutEverywhere(clientOf(stored, context), await session.bearer());
  } catch (cause) {
    if (!(cause instanceof AuthError)) throw cause;
    throw new AuthError('this session had ended already, so the others could not be ended with it', {
      hint: 'pennyworth login, then pennyworth logout --all',
      code: cause.code,
      cause,
    });
  }
  await forget(profile, context, async () => {});
  return ', here and on every other machine';
}

/** Removes a session while nobody else changes it; `before` sees it as it is then. */
async function forget(
  profile: string,
  context: Context,
  before: (stored: StoredSession) => Promise<void>,
): Promise<void> {
  const file = await context.credentials();
  await file.update(async (sessions) => {
    const stored = sessions.get(profile);
    if (!stored) return sessions;
    await before(stored);
    const left = new Map(sessions);
    left.delete(profile);
    return left;
  });
}
