import { redactApiKeys } from '../../../shared/api-key.ts';
import { formatUsd } from '../../../shared/money.ts';
import type { CommandInput } from '../../command.ts';
import { type Profile, profileNameOf } from '../../config/profile.ts';
import type { Context } from '../../context.ts';
import { type Check, CheckList } from '../../doctor/check-list.ts';
import { examine } from '../../doctor/examine.ts';
import { CliError, exitCodes, FailedError } from '../../errors.ts';
import { formatJson, pickFields } from '../../output/json.ts';
import { formatMoney } from '../../output/money.ts';
import { stripControl } from '../../output/strip-control.ts';
import { formatTsv } from '../../output/table.ts';

/** Examines a gateway from outside, as its clients see it. Each check is told as soon as it is done. */
export async function run({ arguments: [given], options }: CommandInput, context: Context): Promise<void> {
  const { io, globals } = context;
  const profile = await findProfile(given, context);
  const stop = new AbortController();
  const isJson = globals.format === 'json';
  const list = new CheckList(stop.signal, (check) => {
    if (!isJson) print(context, clean(check));
  });
  const forget = io.onInterrupt(() => stop.abort(stopped()));
  try {
    const maySpend = options.isOn('spend');
    const model = options.find('model');
    const origin = options.find('origin');
    const cost = await examine({ context, profile, list, signal: stop.signal, model, maySpend, origin });
    if (isJson) {
      const document = {
        url: profile.url,
        ok: !list.hasFailed,
        checks: list.checks.map(clean),
        cost_nano_usd: cost,
        cost_usd: cost === null ? null : formatUsd(cost),
      };
      io.print(formatJson(pickFields(document, globals.fields), io.isOutTty));
    } else {
      io.note(cost === null ? 'What these calls cost is not known.' : `These calls cost ${formatMoney(cost)}.`);
    }
  } finally {
    forget();
  }
  if (list.hasFailed) throw failed(list.checks);
}

/** The address that was given, with the sign-in of the profile in use if that is for this address. */
async function findProfile(given: string | undefined, context: Context): Promise<Profile> {
  if (given === undefined) return context.profile();
  const { parseGatewayUrl } = await import('../../config/gateway-url.ts');
  const name = profileNameOf(context.globals.profile, context.env, await context.config());
  return { name, url: parseGatewayUrl(given), model: undefined };
}

/** What a server says may hold anything. */
function clean(check: Check): Check {
  const text = (dirty: string) => redactApiKeys(stripControl(dirty));
  return { ...check, message: text(check.message), next: check.next === null ? null : text(check.next) };
}

const nameWidth = 'error-anthropic'.length;

function print({ io }: Context, { name, status, message, next }: Check): void {
  if (!io.isOutTty) {
    io.print(formatTsv([[name, status, message, next ?? '']]));
    return;
  }
  const { style, unicode } = io;
  const marks = {
    ok: style.green(unicode ? '✔' : 'ok     '),
    warning: style.yellow(unicode ? '!' : 'warning'),
    failed: style.red(unicode ? '✘' : 'failed '),
    skipped: style.dim(unicode ? '–' : 'skipped'),
  };
  io.print(`${marks[status]} ${name.padEnd(nameWidth)}  ${status === 'skipped' ? style.dim(message) : message}\n`);
  if (next !== null) io.print(`  ${style.dim(unicode ? '→' : '->')} ${next}\n`);
}

function failed(checks: readonly Check[]): FailedError {
  const names = checks.filter((check) => check.status === 'failed').map((check) => check.name);
  return new FailedError(`${names.length} of ${checks.length} checks failed: ${names.join(', ')}`, {
    hint: 'do what stands beside the first of them, then run it again',
    code: 'checks_failed',
  });
}

function stopped(): CliError {
  return new CliError('stopped before the last check', exitCodes.interrupted, 'interrupted', { hint: undefined });
}
