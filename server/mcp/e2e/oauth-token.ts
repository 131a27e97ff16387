import { inject } from 'vitest';
import { attempt, createBrowser, exchange, signInWith } from '../../contract/oauth-client.ts';

/** A token as an editor gets it: registration, consent, sign-in, exchange. */
export async function oauthToken(): Promise<string> {
  const begun = attempt();
  const landed = await signInWith(createBrowser(), begun.url, inject('dev').user);
  const { access_token: token } = await exchange(landed, begun);
  if (token === undefined) throw new Error(`no token came of ${landed}`);
  return token;
}
