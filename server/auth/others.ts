import { authorize } from './authorize.ts';
import type { Identity } from './identity.ts';

/** How a request names whose things it means; nothing: the caller's own. */
interface Asked {
  readonly user_id?: string | undefined;
  readonly all?: string | undefined;
}

/**
 * The field by which other people's things are asked for; undefined for one's own.
 * @throws GatewayError 403 for whoever has not got the role: before it is looked whether there is such a person
 */
export function asksForOthers(
  identity: Identity,
  access: 'admin' | 'auditor',
  asked: Asked,
): 'all' | 'user_id' | undefined {
  const isOther = asked.user_id !== undefined && asked.user_id !== identity.person.username;
  const field = asked.all === 'true' ? 'all' : isOther ? 'user_id' : undefined;
  if (field !== undefined) authorize(identity, access);
  return field;
}
