import type { ApiClient } from '../../api/client.ts';
import type { OptionValues } from '../../command.ts';
import { UsageError } from '../../errors.ts';
import { spanMs } from '../../options.ts';
import { findUser } from '../users/find-user.ts';

/** What the gateway is asked, beside pages. */
export interface TrailQuery {
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly actor: string | undefined;
  readonly action: string | undefined;
  readonly target: string | undefined;
}

/**
 * The filters of a command line. `thing`: whose actions are meant where only the verb is given.
 * @throws UsageError naming the flag
 */
export async function parseAuditQuery(
  api: ApiClient,
  options: OptionValues,
  now: number,
  { target, thing }: { readonly target: string | undefined; readonly thing?: string },
): Promise<TrailQuery> {
  const since = options.find('since');
  const fromText = options.find('from');
  if (since !== undefined && fromText !== undefined) {
    throw new UsageError('--since and --from exclude each other', { hint: 'leave one of them out' });
  }
  const from = since === undefined ? parseWhen('--from', fromText) : startOfSpan(since, now);
  const to = parseWhen('--to', options.find('to'));
  if (to !== undefined && options.isOn('follow')) {
    throw new UsageError('what is followed has no end', { hint: 'leave --to or --follow out' });
  }
  const action = parseAction(options.find('action'), thing);
  return { from, to, action, actor: await toId(api, options.find('actor')), target: await toId(api, target) };
}

/** The trail knows people by their ids; only administrators and auditors can look an e-mail up. */
async function toId(api: ApiClient, who: string | undefined): Promise<string | undefined> {
  return who?.includes('@') ? (await findUser(api, who)).user_id : who;
}

function startOfSpan(text: string, now: number): string {
  const span = spanMs(text);
  if (span === undefined) {
    throw new UsageError(`--since "${text}" is not a span`, { hint: 'for example: --since 7d, 12h, 30m' });
  }
  return new Date(now - span).toISOString();
}

/** A UTC day or moment, as it is sent. */
function parseWhen(flag: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text);
  const isMoment = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?Z$/.test(text);
  const time = isDay || isMoment ? Date.parse(text) : Number.NaN;
  const moment = Number.isNaN(time) ? '' : new Date(time).toISOString();
  // A day that does not exist (2026-02-31) would become another one.
  if (moment !== '' && moment.slice(0, 10) === text.slice(0, 10)) return isDay ? text : moment;
  throw new UsageError(`${flag} "${text}" is not a day or moment in UTC`, {
    hint: `for example: ${flag} 2026-11-21 or ${flag} 2026-11-21T09:00:00Z`,
  });
}

function parseAction(text: string | undefined, thing: string | undefined): string | undefined {
  if (text === undefined) return thing;
  // As in `users reset-mfa`, so in the trail's `user.reset_mfa`.
  const words = text.replaceAll('-', '_');
  const action = thing === undefined || words.includes('.') ? words : `${thing}.${words}`;
  const isAction = /^[a-z_]+(?:\.[a-z_]+)?$/.test(action) && (thing === undefined || action.startsWith(`${thing}.`));
  if (isAction) return action;
  throw new UsageError(`--action "${text}" is not an action here`, {
    hint: thing === undefined ? 'for example: --action key.create, or --action key' : 'for example: --action rotate',
  });
}
