import type { ShownPolicy } from '../../../shared/api/policy.ts';
import { type User, UserSummary } from '../../../shared/api/users.ts';
import type { Context } from '../../context.ts';
import { type ListColumn, printChanged, printRecord } from '../../output/print.ts';
import { stripControl } from '../../output/strip-control.ts';
import { formatMoment } from '../../output/time.ts';
import { showLimits } from '../keys/limits.ts';
import { labelOf } from './find-user.ts';

/** Fields of somebody in a list, in the contract's order. */
export const userFields = Object.keys(UserSummary.shape);

/** What a policy says of models, team and limits, in words; null: nothing of their own. */
export function showPolicy(policy: ShownPolicy | null): string | null {
  if (policy === null) return null;
  const team = policy.team === null ? [] : [`team ${policy.team}`];
  const limits = showLimits(policy);
  const parts = [...(policy.models ?? []), ...team, ...(limits === null ? [] : [limits])];
  return parts.length === 0 ? null : parts.join(' ');
}

export function userColumns({ io, now }: Context): readonly ListColumn<UserSummary>[] {
  const styles = { active: io.style.green, invited: io.style.yellow, disabled: io.style.red };
  return [
    { title: 'ID', shrinks: true, show: (user) => user.user_id, raw: (user) => user.user_id },
    { title: 'EMAIL', show: labelOf, raw: labelOf },
    { title: 'TYPE', show: (user) => user.type, raw: (user) => user.type },
    {
      title: 'STATUS',
      show: (user) => ({ text: user.status, style: styles[user.status] }),
      raw: (user) => user.status,
    },
    { title: 'GROUPS', show: (user) => user.groups.join(','), raw: (user) => user.groups.join(',') },
    { title: 'KEYS', align: 'right', show: (user) => String(user.active_keys), raw: (user) => user.active_keys },
    { title: 'CREATED', show: (user) => formatMoment(user.created_at, now()), raw: (user) => user.created_at },
  ];
}

export function printUser(context: Context, user: User): void {
  printRecord(context, user, [
    ['Id', user.user_id],
    ['Type', user.type],
    ['E-mail', user.email],
    ['Name', user.name],
    ['Status', user.status],
    ['Groups', user.groups.join(', ') || null],
    ['Own policy', showPolicy(user.policy)],
    ['May call', user.models.join(' ')],
    ['Second factor', user.mfa ? 'set up' : 'none'],
    ['Active keys', String(user.active_keys)],
    ['Created', context.io.isOutTty ? formatMoment(user.created_at, context.now()) : user.created_at],
  ]);
}

/** What became of somebody, for people on stderr, for programs on stdout. */
export function printChangedUser(context: Context, user: User, told: string): void {
  context.io.success(stripControl(told));
  printChanged(context, [user], (shown) => [shown.user_id, labelOf(shown), shown.status, shown.groups.join(',')]);
}
