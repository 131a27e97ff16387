import { setTimeout as sleep } from 'node:timers/promises';
import { type AuditEvent, AuditList } from '../../../shared/api/audit.ts';
import type { ApiClient } from '../../api/client.ts';
import type { Context } from '../../context.ts';
import { InterruptedError, UpstreamError } from '../../errors.ts';
import { formatCsv } from '../../output/csv.ts';
import { formatJson, pickFields } from '../../output/json.ts';
import { stripControl } from '../../output/strip-control.ts';
import { formatTsv } from '../../output/table.ts';
import { detailOf, trailColumns, trailFields } from './columns.ts';
import type { TrailQuery } from './query.ts';

const pollMs = 2_000;
/** A gateway that is gone for longer than a deployment takes is told to the person. */
const mostFailures = 30;

/**
 * Oldest first, then what comes, until Ctrl-C. A row comes about ten seconds after what it tells of: only then nothing
 * older can come any more.
 * @throws InterruptedError after Ctrl-C, and whatever a request failed with that asking again does not mend
 */
export async function followTrail(context: Context, api: ApiClient, query: TrailQuery): Promise<never> {
  const stop = new AbortController();
  const forget = context.io.onInterrupt(() => stop.abort());
  try {
    const print = printer(context);
    const from = query.from ?? new Date(context.now()).toISOString();
    let cursor: string | undefined;
    let failures = 0;
    for (;;) {
      const asked = cursor === undefined ? { ...query, from } : { ...query, from: undefined, cursor };
      const page = await api.get('/v1/audit', AuditList, { ...asked, follow: 'true' }).catch((error: unknown) => {
        if (!(error instanceof UpstreamError) || ++failures > mostFailures) throw error;
        return undefined;
      });
      if (page) {
        failures = 0;
        if (page.data.length > 0) print(page.data);
        cursor = page.next ?? cursor;
      }
      if (!page || page.data.length === 0) await sleep(pollMs, undefined, { signal: stop.signal }).catch(() => {});
      if (stop.signal.aborted) throw new InterruptedError('stopped');
    }
  } finally {
    forget();
  }
}

/** One line an event: JSON, CSV below a header, tab-separated, or for people. */
function printer(context: Context): (events: readonly AuditEvent[]) => void {
  const { io, globals } = context;
  if (globals.format === 'json') {
    return (events) => {
      for (const event of events) io.print(formatJson(pickFields(event, globals.fields), false));
    };
  }
  if (globals.format === 'csv') {
    const known = Object.fromEntries(trailFields.map((field) => [field, field]));
    const columns = Object.keys(pickFields(known, globals.fields));
    io.print(formatCsv(columns, []));
    return (events) => {
      const text = formatCsv(columns, events);
      io.print(text.slice(text.indexOf('\n') + 1));
    };
  }
  const columns = trailColumns(context);
  if (!io.isOutTty) {
    return (events) =>
      io.print(formatTsv(events.map((event) => columns.map((column) => String(column.raw(event) ?? '')))));
  }
  return (events) => {
    for (const event of events) io.print(`${lineOf(context, event)}\n`);
  };
}

/** The widest action there is now is 18 characters. */
const actionWidth = 18;

function lineOf({ io }: Context, event: AuditEvent): string {
  const { style } = io;
  const time = style.dim(`${event.time.slice(0, 19)}Z`);
  const action = stripControl(event.action).padEnd(actionWidth);
  const detail = stripControl(detailOf(event));
  const rest = stripControl(`${event.target}  by ${event.actor_key ?? event.actor}`);
  const shown = event.action.endsWith('.refuse') ? style.red(action) : action;
  return `${time}  ${shown}  ${rest}${detail === '' ? '' : `  ${detail}`}`;
}
