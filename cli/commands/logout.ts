import { obeyProxyVariables } from '../api/proxy.ts';
import { revokeToken } from '../auth/cognito.ts';
import { clientOf } from '../auth/session.ts';
import type { CommandInput } from '../command.ts';
import { profileNameOf } from '../config/profile.ts';
import type { Context } from '../context.ts';

/** Revokes the refresh token at Cognito, then forgets the tokens; the latter also where Cognito is out of reach. */
export async function run(input: CommandInput, context: Context): Promise<void> {
  const { io } = context;
  const name = profileNameOf(context.globals.profile, context.env, await context.config());
  await obeyProxyVariables(context.env);
  const file = await context.credentials();
  await file.update(async (sessions) => {
    const names = input.options.isOn('all') ? [...sessions.keys()] : [name];
    const left = new Map(sessions);
    for (const profile of names) {
      const stored = left.get(profile);
      if (!stored) {
        io.note(`Nobody was signed in with the profile "${profile}".`);
        continue;
      }
      try {
        await revokeToken(clientOf(stored, context), stored.refresh_token);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        io.warn(`the session could not be ended at Cognito (${why}); it runs out by itself`);
      }
      left.delete(profile);
      io.success(`Signed out of ${new URL(stored.url).host}`);
    }
    return left.size === sessions.size ? sessions : left;
  });
}
