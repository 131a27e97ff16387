import { type CreateKey, type Key, KeyName, Scope } from '../../../shared/api/keys.ts';
import type { LimitSettings } from '../../../shared/api/limits.ts';
import type { OptionValues } from '../../command.ts';
import type { Context } from '../../context.ts';
import { RefusedError, UpstreamError, UsageError } from '../../errors.ts';
import { formatJson, pickFields } from '../../output/json.ts';
import { stripControl } from '../../output/strip-control.ts';
import { parseLimits } from './limits.ts';
import { parseModels } from './models.ts';

// What can be said of a key on a command line or in a line of a CSV file, and how a new one is shown.

export type KeySettings = Pick<CreateKey, 'scopes' | 'models' | 'mcp_tools' | 'expires_in' | 'expires_at' | 'team'> &
  LimitSettings;

/** @throws UsageError naming the flag */
export function parseKeySettings(options: OptionValues): KeySettings {
  const models = options.findList('models');
  const mcpTools = options.findList('mcpTools');
  const scopes = options.findList('scope');
  const team = options.find('team');
  return {
    ...(scopes ? { scopes: parseScopes(scopes, '--scope') } : {}),
    ...(models ? { models: parseModels(models, '--models') } : {}),
    ...(mcpTools ? { mcp_tools: parseMcpTools(mcpTools) } : {}),
    ...parseExpiry(options.find('expires'), '--expires'),
    ...(team === undefined ? {} : { team }),
    ...parseLimits(options),
  };
}

/** @throws UsageError */
function parseMcpTools(patterns: readonly string[]): string[] {
  if (patterns.length === 0)
    throw new UsageError('--mcp-tools names no tool', { hint: 'for example: --mcp-tools "github__*"' });
  return [...patterns];
}

/** @throws UsageError */
export function parseKeyName(text: string): string {
  const parsed = KeyName.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new UsageError('the name must have 1 to 64 characters, none of them invisible', {
    hint: 'for example: pennyworth keys create laptop',
  });
}

/** @throws UsageError with `what` in its words */
export function parseScopes(names: readonly string[], what: string): Scope[] {
  const known = Scope.options;
  const scopes = known.filter((scope) => names.includes(scope));
  const unknown = names.find((name) => !known.some((scope) => scope === name));
  if (unknown === undefined && scopes.length > 0) return scopes;
  throw new UsageError(unknown === undefined ? `${what} names no scope` : `there is no scope "${unknown}"`, {
    hint: `scopes: ${known.join(', ')}`,
  });
}

/** Without the text the gateway's own default holds. A day means its end in UTC. @throws UsageError */
export function parseExpiry(text: string | undefined, what: string): Pick<CreateKey, 'expires_in' | 'expires_at'> {
  if (text === undefined) return {};
  if (/^(?:never|[1-9]\d{0,4}[hd])$/.test(text)) return { expires_in: text };
  const day = new Date(`${text}T23:59:59.000Z`);
  // A day that does not exist (2027-02-30) would become another one.
  if (/^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)) {
    return { expires_at: day.toISOString() };
  }
  throw new UsageError(`${what} "${text}" is neither a span nor a day`, {
    hint: 'for example: --expires 90d, 12h, 2027-01-31 or never',
  });
}

/** The text of a key that was just made. @throws UpstreamError when the gateway has not shown it */
export function plaintextOf(key: Key): string {
  if (key.key !== undefined && /^pnw_[A-Za-z0-9]+$/.test(key.key)) return key.key;
  throw new UpstreamError('the gateway made a key but did not show it', {
    hint: `revoke it: pennyworth keys revoke ${key.id}`,
  });
}

/**
 * The key alone on stdout, so that it can be piped to where it is needed without touching a file or argv.
 * @throws RefusedError for a replay of an idempotency key, which has no plaintext
 */
export async function printNewKey(context: Context, key: Key, told: string): Promise<void> {
  const { io, globals } = context;
  if (key.key === undefined) {
    throw new RefusedError(`this idempotency key has made ${key.id} before, and a key is shown once only`, {
      hint: `if its text is lost: pennyworth keys rotate ${key.id} --overlap 0s`,
      code: 'key_shown_before',
    });
  }
  const text = plaintextOf(key);
  if (globals.format === 'json') {
    io.print(formatJson(pickFields(key, globals.fields), io.isOutTty));
    return;
  }
  io.success(stripControl(told));
  io.note('  Copy it now: it is stored only as a hash and cannot be shown again.');
  io.print(`${text}\n`);
  const { url } = await context.profile();
  io.nextStep(`export OPENAI_BASE_URL=${url}/v1 OPENAI_API_KEY=<the key>`);
}
