import packageFile from '../../package.json' with { type: 'json' };
import { Me } from '../../shared/api/me.ts';
import { type Model, ModelList } from '../../shared/api/models.ts';
import type { UsageCall } from '../../shared/api/usage.ts';
import type { ApiClient } from '../api/client.ts';
import { obeyProxyVariables } from '../api/proxy.ts';
import { isLoopback } from '../config/gateway-url.ts';
import type { Profile } from '../config/profile.ts';
import type { Context } from '../context.ts';
import { checkReachable, checkTls, hasProxy } from './address.ts';
import { findCheapestModel } from './cheapest-model.ts';
import { CheckFailure, type CheckList, type Found, type Step } from './check-list.ts';
import { checkLedger, checkRefused, readSpent } from './ledger.ts';
import { ModelCalls } from './model-calls.ts';
import { Probe } from './probe.ts';
import {
  checkAnthropicError,
  checkCors,
  checkHello,
  checkOpenAiError,
  checkUnknownPath,
  checkVersion,
} from './public-checks.ts';
import { TemporaryKey } from './temporary-key.ts';

/** A cold start and a slow model together stay below it. */
const modelTimeoutMs = 120_000;

export interface Examination {
  readonly context: Context;
  readonly profile: Profile;
  readonly list: CheckList;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
  /** undefined: the cheapest. */
  readonly model: string | undefined;
  readonly maySpend: boolean;
  /** One that the operator has listed for web pages. */
  readonly origin: string | undefined;
}

/**
 * All checks in their order. Whatever happens, the key that was made for them is revoked.
 * @returns what the calls cost, in nano-USD; null where that is not known
 * @throws the reason of `signal`
 */
export async function examine(examination: Examination): Promise<number | null> {
  const { context, profile, list, signal } = examination;
  const { url } = profile;
  const { timeoutMs, trace } = context;
  await obeyProxyVariables(context.env);
  const probe = new Probe({ url, timeoutMs, signal, trace });
  const hello = await checkAddress(examination, probe);
  await list.run('version', hello, () => checkVersion(probe, packageFile.version));
  await list.run('error-openai', hello, () => checkOpenAiError(probe));
  await list.run('error-anthropic', hello, () => checkAnthropicError(probe));
  await list.run('error-path', hello, () => checkUnknownPath(probe));
  await list.run('cors', hello, () => checkCors(probe, examination.origin));

  const api = await list.run('sign-in', hello, () => signIn(context, profile));
  await list.run('whoami', api, whoami);
  const model = await list.run('model', api, (known) => chooseModel(known, examination.model));
  let temporary: TemporaryKey | undefined;
  try {
    const key = await list.run('key', api, async (known) => {
      temporary = new TemporaryKey(known, `doctor-${new Date(context.now()).toISOString()}`);
      return makeKey(temporary, known);
    });
    return await checkCalls(examination, probe, key, model);
  } finally {
    if (temporary?.isLeft) await revokeAnyway(context, temporary);
  }
}

async function checkAddress({ context, profile, list }: Examination, probe: Probe): Promise<Step<unknown>> {
  const { url } = profile;
  const { timeoutMs, now, env } = context;
  const start: Step<string> = hasProxy(env, url)
    ? { missing: 'a proxy is set in the environment: only what comes through it can be seen' }
    : { value: url };
  const reached = await list.run('reachable', start, () => checkReachable(url, timeoutMs));
  const secure = await list.run('tls', reached, () => checkTls(url, timeoutMs, now()));
  return list.run('hello', 'missing' in start ? { value: url } : secure, () => checkHello(probe));
}

async function signIn(context: Context, profile: Profile): Promise<Found<ApiClient>> {
  const session = await context.session(profile);
  await session.bearer();
  const message = `signed in with the profile "${profile.name}"`;
  return { message, value: await context.apiAt(profile.url, session) };
}

async function whoami(api: ApiClient): Promise<Found<null>> {
  const { email, user_id, groups } = await api.get('/v1/me', Me);
  return { message: [email ?? user_id, ...groups].join(', '), value: null, details: { user_id } };
}

async function chooseModel(api: ApiClient, wanted: string | undefined): Promise<Found<Model>> {
  const { data } = await api.get('/v1/models', ModelList);
  const model = wanted === undefined ? findCheapestModel(data) : data.find(({ id }) => id === wanted);
  if (model !== undefined) {
    const why = wanted === undefined ? `, the cheapest of ${data.length}` : '';
    return { message: `${model.id}${why}`, value: model, details: { model: model.id, listed: data.length } };
  }
  throw wanted === undefined
    ? new CheckFailure('no listed model has a price and streams', 'name one with --model (pennyworth models list)')
    : new CheckFailure(`"${wanted}" is not listed`, 'pennyworth models list');
}

interface MadeKey {
  readonly temporary: TemporaryKey;
  readonly api: ApiClient;
  readonly id: string;
  readonly key: string;
}

async function makeKey(temporary: TemporaryKey, api: ApiClient): Promise<Found<MadeKey>> {
  const { id, key } = await temporary.create();
  if (key === undefined) throw new CheckFailure('the gateway made a key but did not show it', 'deploy it again');
  return { message: `made "${temporary.name}" (${id})`, value: { temporary, api, id, key }, details: { key_id: id } };
}

/** What needs the key, its end included. */
async function checkCalls(
  { context, profile, list, signal, maySpend }: Examination,
  probe: Probe,
  key: Step<MadeKey>,
  model: Step<Model>,
): Promise<number | null> {
  const { trace, globals, now } = context;
  const timeoutMs = globals.timeoutMs ?? modelTimeoutMs;
  const patient = new Probe({ url: profile.url, timeoutMs, signal, trace });
  const ready = withBoth(key, model);
  const calls: Step<{ made: ModelCalls; isPriced: boolean }> = !maySpend
    ? { missing: 'it costs money (--no-spend)' }
    : 'missing' in ready
      ? ready
      : {
          value: {
            made: new ModelCalls(patient, ready.value[0].key, ready.value[1]),
            isPriced: ready.value[1].pennyworth.prices_usd_per_million_tokens !== null,
          },
        };
  const chat = await list.run('chat', calls, ({ made }) => made.chat());
  const answered = withBoth(calls, chat);
  await list.run('cost', answered, async ([{ isPriced }, cost]) => judgeCost(cost, isPriced));
  const isLocal = isLoopback(new URL(profile.url).hostname);
  await list.run('stream', answered, ([{ made }]) => made.stream(isLocal));
  await list.run('messages', answered, ([{ made }]) => made.messages());
  await list.run('responses', answered, ([{ made }]) => made.responses());
  let spent: readonly UsageCall[] = [];
  await list.run('ledger', withBoth(key, answered), async ([{ api, id }, [{ made, isPriced }]]) => {
    const read = async () => {
      spent = await readSpent(api, id, now());
      return spent;
    };
    return checkLedger(read, made.requestIds, isPriced);
  });
  const revoked = await list.run('revoke', key, async ({ temporary, key: text }) => {
    await temporary.revoke();
    return { message: `revoked "${temporary.name}"`, value: text };
  });
  await list.run('refused', revoked, (text) => checkRefused(probe, text));
  return sumOf(spent, 'missing' in calls ? 0 : calls.value.made.requestIds.length);
}

function withBoth<A, B>(a: Step<A>, b: Step<B>): Step<readonly [A, B]> {
  if ('missing' in a) return a;
  return 'missing' in b ? b : { value: [a.value, b.value] };
}

function judgeCost(cost: string | null, isPriced: boolean): Found<null> {
  if (cost !== null && Number(cost) > 0) return { message: `x-pennyworth-cost-usd is ${cost}`, value: null };
  if (!isPriced)
    return {
      message: 'no cost is told: the model has no price',
      value: null,
      next: 'set it in prices of the operator’s document',
    };
  const next = 'look for a proxy in between that removes headers; then search the log for price_override';
  throw new CheckFailure(`x-pennyworth-cost-usd is ${cost === null ? 'missing' : `"${cost}"`}`, next);
}

/** Only what the ledger tells of every call is a sum. */
function sumOf(calls: readonly UsageCall[], made: number): number | null {
  const costs = calls.flatMap((call) => call.cost_nano_usd ?? []);
  return costs.length < made ? null : costs.reduce((sum, cost) => sum + cost, 0);
}

/** At the end of an examination that broke off: a fault here must not hide why. */
async function revokeAnyway(context: Context, temporary: TemporaryKey): Promise<void> {
  try {
    await temporary.revoke();
    context.io.note(`The key "${temporary.name}" is revoked.`);
  } catch {
    context.io.warn(`the key "${temporary.name}" may be left: pennyworth keys list. It ends by itself in an hour.`);
  }
}
