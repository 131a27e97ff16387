import { Group } from '../../../shared/api/groups.ts';
import type { Context } from '../../context.ts';
import { type ListColumn, printRecord } from '../../output/print.ts';
import { formatMoment } from '../../output/time.ts';
import { showPolicy } from '../users/columns.ts';

export const groupFields = Object.keys(Group.shape);

export function groupPath(name: string): string {
  return `/v1/groups/${encodeURIComponent(name)}`;
}

export function groupColumns({ now }: Context): readonly ListColumn<Group>[] {
  const kind = (group: Group) => (group.role ? 'role' : 'team');
  const policy = (group: Group) => showPolicy(group.policy);
  return [
    { title: 'NAME', show: (group) => group.name, raw: (group) => group.name },
    { title: 'KIND', show: kind, raw: kind },
    { title: 'POLICY', shrinks: true, show: (group) => policy(group) ?? '–', raw: policy },
    {
      title: 'DESCRIPTION',
      shrinks: true,
      show: (group) => group.description ?? '–',
      raw: (group) => group.description,
    },
    { title: 'CREATED', show: (group) => formatMoment(group.created_at, now()), raw: (group) => group.created_at },
  ];
}

export function printGroup(context: Context, group: Group): void {
  printRecord(context, group, [
    ['Name', group.name],
    ['Kind', group.role ? 'role' : 'team'],
    ['Description', group.description],
    ['Policy', showPolicy(group.policy)],
    ['Created', context.io.isOutTty ? formatMoment(group.created_at, context.now()) : group.created_at],
  ]);
}
