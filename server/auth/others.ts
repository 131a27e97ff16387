import { invalidRequest } from '../errors.ts';
import { authorize } from './authorize.ts';
import type { Identity } from './identity.ts';

/**
 * Other people's things are for administrators and auditors. Until those forms of the routes exist, even they are told
 * so by name, and nobody is answered with only their own.
 */
export function refuseOthers(
  identity: Identity,
  access: 'admin' | 'auditor',
  asked: { readonly user_id?: string | undefined; readonly all?: string | undefined },
): void {
  const isOther = asked.user_id !== undefined && asked.user_id !== identity.person.username;
  const field = asked.all === 'true' ? 'all' : isOther ? 'user_id' : undefined;
  if (field === undefined) return;
  authorize(identity, access);
  throw invalidRequest(`${field}: other people’s are not served yet; leave it out.`, field, 'not_available_yet');
}
