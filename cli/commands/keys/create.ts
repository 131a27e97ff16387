import { type CreateKey, Key, KeyName, Scope } from '../../../shared/api/keys.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { UpstreamError, UsageError } from '../../errors.ts';
import { formatJson, pickFields } from '../../output/json.ts';
import { stripControl } from '../../output/strip-control.ts';

/** The key alone goes to stdout, so that it can be piped to where it is needed without touching a file or argv. */
export async function run(input: CommandInput, context: Context): Promise<void> {
  const { io, globals } = context;
  const body = parseNewKey(input);
  const api = await context.sessionApi();
  const { url } = await context.profile();
  const key = await api.post('/v1/keys', Key, body);
  if (key.key === undefined || !/^pnw_[A-Za-z0-9]+$/.test(key.key)) {
    throw new UpstreamError('the gateway made a key but did not show it', {
      hint: `revoke it: pennyworth keys revoke ${key.id}`,
    });
  }
  if (globals.format === 'json') {
    io.print(formatJson(pickFields(key, globals.fields), io.isOutTty));
    return;
  }
  io.success(stripControl(`Created the key "${key.name}" (${key.id})`));
  io.note('  Copy it now: it is stored only as a hash and cannot be shown again.');
  io.print(`${key.key}\n`);
  io.nextStep(`export OPENAI_BASE_URL=${url}/v1 OPENAI_API_KEY=<the key>`);
}

/** @throws UsageError naming the argument or flag */
export function parseNewKey({ arguments: [name = ''], options }: CommandInput): CreateKey {
  const parsedName = KeyName.safeParse(name);
  if (!parsedName.success) {
    throw new UsageError('the name must have 1 to 64 characters, none of them invisible', {
      hint: 'for example: pennyworth keys create laptop',
    });
  }
  const models = options.findList('models');
  if (models?.length === 0) throw new UsageError('--models names no model', { hint: 'pennyworth models list' });
  const scopes = options.findList('scope');
  return {
    name: parsedName.data,
    ...(scopes ? { scopes: parseScopes(scopes) } : {}),
    ...(models ? { models: [...models] } : {}),
    ...parseExpiry(options.find('expires')),
  };
}

function parseScopes(names: readonly string[]): Scope[] {
  const known = Scope.options;
  const scopes = known.filter((scope) => names.includes(scope));
  const unknown = names.find((name) => !known.some((scope) => scope === name));
  if (unknown === undefined && scopes.length > 0) return scopes;
  throw new UsageError(unknown === undefined ? '--scope names no scope' : `there is no scope "${unknown}"`, {
    hint: `scopes: ${known.join(', ')}`,
  });
}

/** Without the flag the gateway's own default holds. A day means its end in UTC. */
function parseExpiry(text: string | undefined): Pick<CreateKey, 'expires_in' | 'expires_at'> {
  if (text === undefined) return {};
  if (/^(?:never|[1-9]\d{0,4}[hd])$/.test(text)) return { expires_in: text };
  const day = new Date(`${text}T23:59:59.000Z`);
  // A day that does not exist (2027-02-30) would become another one.
  if (/^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)) {
    return { expires_at: day.toISOString() };
  }
  throw new UsageError(`--expires "${text}" is neither a span nor a day`, {
    hint: 'for example: --expires 90d, 12h, 2027-01-31 or never',
  });
}
