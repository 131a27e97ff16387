import { AuditEvent } from '../../../shared/api/audit.ts';
import type { Context } from '../../context.ts';
import type { ListColumn } from '../../output/print.ts';
import { formatMoment } from '../../output/time.ts';

export const trailFields = Object.keys(AuditEvent.shape);

export function trailColumns({ io, now }: Context): readonly ListColumn<AuditEvent>[] {
  return [
    { title: 'TIME', show: (event) => formatMoment(event.time, now()), raw: (event) => event.time },
    {
      title: 'ACTION',
      show: ({ action }) => (action.endsWith('.refuse') ? { text: action, style: io.style.red } : action),
      raw: (event) => event.action,
    },
    { title: 'ACTOR', shrinks: true, show: actorOf, raw: actorOf },
    { title: 'TARGET', shrinks: true, show: (event) => event.target, raw: (event) => event.target },
    { title: 'IP', show: (event) => event.source_ip ?? '–', raw: (event) => event.source_ip },
    { title: 'DETAIL', show: detailOf, raw: detailOf },
  ];
}

/** A key that acted stands beside its owner. */
function actorOf({ actor, actor_key }: AuditEvent): string {
  return actor_key === null ? actor : `${actor} (${actor_key})`;
}

/** The reason, and what a change has changed. */
export function detailOf({ reason, before, after }: AuditEvent): string {
  const changes = Object.keys({ ...before, ...after })
    .filter((field) => JSON.stringify(before?.[field]) !== JSON.stringify(after?.[field]))
    .map((field) => `${field}=${JSON.stringify(after?.[field] ?? null)}`);
  const shown = before === null || after === null ? [] : changes;
  return [...(reason === null ? [] : [reason]), ...shown].join(' ');
}
