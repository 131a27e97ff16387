import { lookup } from 'node:dns/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

// Asks a deployed gateway what needs no credential: `node bin/smoke.ts <url> [<git sha>]`. No package is needed, so that
// the job that may deploy installs none. Nothing of an answer is printed but what was expected and what came.
// With SMOKE_SKIP_UNRESOLVED=true a name that has no address yet is no fault: whose DNS it is makes the record afterwards.

const patienceMs = Number(process.env['SMOKE_PATIENCE_MS'] ?? 60_000);
const pauseMs = 2_000;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

type Check = readonly [name: string, expected: string, holds: (ask: Ask) => Promise<boolean>];
type Ask = (path: string, init?: RequestInit) => Promise<Answer>;

/** What the deployment must answer. `gitSha`: undefined where it does not matter which one answers. */
function checksFor(gitSha: string | undefined): readonly Check[] {
  const versionSays = gitSha === undefined ? '200 with a name' : `200 with git_sha ${gitSha}`;
  return [
    [
      'GET /v1/hello',
      '200 {"status":"ok"}',
      async (ask) => {
        const { status, body } = await ask('/v1/hello');
        return status === 200 && isDeepStrictEqual(body, { status: 'ok' });
      },
    ],
    [
      'GET /v1/version',
      versionSays,
      async (ask) => {
        const { status, body } = await ask('/v1/version');
        const isOurs = status === 200 && at(body, 'name') === 'pennyworth';
        return isOurs && (gitSha === undefined || at(body, 'git_sha') === gitSha);
      },
    ],
    [
      'GET /v1/models without a key',
      '401 invalid_api_key with an x-request-id',
      async (ask) => {
        const { status, headers, body } = await ask('/v1/models');
        return status === 401 && at(body, 'error', 'code') === 'invalid_api_key' && headers.has('x-request-id');
      },
    ],
    [
      'GET /v1/no-such-path',
      '404 not_found',
      async (ask) => {
        const { status, body } = await ask('/v1/no-such-path');
        return status === 404 && at(body, 'error', 'code') === 'not_found';
      },
    ],
    [
      'OPTIONS /v1/models',
      'an answer of the gateway, not of API Gateway: 204 or 405 with an x-request-id',
      async (ask) => {
        const { status, headers } = await ask('/v1/models', {
          method: 'OPTIONS',
          headers: { origin: 'https://smoke.invalid', 'access-control-request-method': 'GET' },
        });
        return [204, 405].includes(status) && headers.has('x-request-id');
      },
    ],
  ];
}

function at(value: unknown, ...names: readonly string[]): unknown {
  const [name, ...rest] = names;
  if (name === undefined) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  return at(new Map(Object.entries(value)).get(name), ...rest);
}

/** The new version may need some seconds to be the one that answers. */
async function holdsInTime(holds: Check[2], ask: Ask, until: number): Promise<string | undefined> {
  for (;;) {
    const failure = await holds(ask).then((held) => (held ? undefined : 'it answers something else'), describe);
    if (failure === undefined || Date.now() >= until) return failure;
    await wait(Math.min(pauseMs, Math.max(until - Date.now(), 0)));
  }
}

function describe(thrown: unknown): string {
  const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown;
  return cause instanceof Error ? cause.message : String(cause);
}

async function main(address: string | undefined, gitSha: string | undefined): Promise<void> {
  if (address === undefined || !URL.canParse(address)) {
    process.stderr.write('usage: node bin/smoke.ts <url of the gateway> [<git sha>]\n');
    process.exitCode = 2;
    return;
  }
  const { hostname } = new URL(address);
  if (process.env['SMOKE_SKIP_UNRESOLVED'] === 'true' && !(await hasAddress(hostname))) {
    process.stdout.write(
      `::warning::${hostname} has no address yet, so nothing was asked. Point a CNAME record at the output DomainTarget, then: node bin/smoke.ts ${address}\n`,
    );
    return;
  }
  const ask: Ask = async (path, init) => {
    const url = address.replace(/\/(v1\/?)?$/, '') + path;
    const response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(15_000) });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: jsonOf(text) };
  };
  const until = Date.now() + patienceMs;
  for (const [name, expected, holds] of checksFor(gitSha)) {
    const failure = await holdsInTime(holds, ask, until);
    process.stdout.write(
      failure === undefined ? `ok    ${name}\n` : `FAIL  ${name}: expected ${expected}; ${failure}\n`,
    );
    if (failure !== undefined) process.exitCode = 1;
  }
}

/** IPv6's brackets are no part of a name. */
function hasAddress(hostname: string): Promise<boolean> {
  return lookup(hostname.replace(/^\[|\]$/g, '')).then(
    () => true,
    () => false,
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

await main(process.argv[2], process.argv[3]);
