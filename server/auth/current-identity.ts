import { invalidApiKey } from '../errors.ts';
import type { People } from '../people/person.ts';
import { getTokenIdentity } from './authorize.ts';
import type { Identity, TokenIdentity } from './identity.ts';
import { payingTeamOf } from './teams.ts';

/**
 * Whoever is signed in, as Cognito has them at this moment: another process of the gateway may know them for a minute as
 * they were, and in that minute somebody who was just removed must not undo it.
 * @throws GatewayError 403 `insufficient_scope` for a key, 401 for whoever is gone, 503
 */
export async function currentIdentity(people: People, identity: Identity): Promise<TokenIdentity> {
  const token = getTokenIdentity(identity);
  const person = await people.read(token.person.username);
  if (!person?.enabled) throw invalidApiKey();
  return { ...token, person, groups: person.groups, team: payingTeamOf(person) };
}
