import type { UsageQuery, UsageReport } from '../../shared/api/usage.ts';
import type { Identity } from '../auth/identity.ts';
import { asksForOthers } from '../auth/others.ts';
import type { Context } from '../context.ts';
import { forbidden } from '../errors.ts';
import type { Scope } from './condensed.ts';

interface Asked {
  readonly user_id?: string | undefined;
  readonly key_id?: string | undefined;
  readonly all?: string | undefined;
}

/**
 * A person sees their own calls; a key sees the calls made with itself, and no others.
 * @throws GatewayError 403 for whoever asks for more than that and may not
 */
export function narrowUsage<Q extends Asked>(identity: Identity, query: Q): readonly [Scope, Q] {
  const others = asksForOthers(identity, 'auditor', query);
  const username = query.user_id ?? identity.person.username;
  if (identity.kind === 'token')
    return [others === 'all' && query.user_id === undefined ? 'everyone' : { username }, query];
  if (query.key_id !== undefined && query.key_id !== identity.keyId) {
    throw forbidden('insufficient_scope', 'A key reads its own usage only. Leave key_id out, or sign in.');
  }
  return [{ username }, { ...query, key_id: identity.keyId }];
}

/** The report that is asked for, as far as the caller may see it. @throws GatewayError 403, 503 `days_open` */
export async function readUsage(
  { balances, reports }: Pick<Context, 'balances' | 'reports'>,
  identity: Identity,
  query: UsageQuery,
): Promise<UsageReport> {
  const [scope, asked] = narrowUsage(identity, query);
  // So that what a dead server left behind has its row.
  if (scope !== 'everyone') await balances.sweep(scope.username);
  return (await reports()).usage(scope, asked);
}
