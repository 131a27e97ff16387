import { createHash, randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import * as z from 'zod/mini';
import { Browser, leftTo, pageOf } from './browser.ts';

// OAuth by hand, step by step, for what no honest client would send.

const dev = inject('dev');
export const base = dev.url;
export const loginUrl = dev.env['PENNYWORTH_LOGIN_URL'] ?? '';
export const clientId = dev.env['PENNYWORTH_MCP_CLIENT_ID'] ?? '';
export const redirectUri = 'http://127.0.0.1:33418/callback';

interface Credentials {
  readonly username: string;
  readonly password: string;
}

export function createBrowser(): Browser {
  return new Browser([base, loginUrl]);
}

export interface Attempt {
  readonly verifier: string;
  readonly url: URL;
}

/** The address a client opens; undefined takes a parameter away. */
export function attempt(change: Readonly<Record<string, string | undefined>> = {}): Attempt {
  const verifier = randomBytes(32).toString('base64url');
  const url = new URL(`${base}/oauth/authorize`);
  const parameters = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    state: "the client's own ~",
    scope: 'mcp',
    resource: `${base}/mcp`,
    ...change,
  };
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.set(name, value);
  return { verifier, url };
}

/** Consent and password: where the person's browser ends. */
export async function signInWith(browser: Browser, url: URL | string, person: Credentials): Promise<URL> {
  const consent = await browser.page(url);
  const login = pageOf(await browser.submit(consent, { decision: 'allow' }));
  const { username, password } = person;
  return leftTo(await browser.submit(login, { username, password }));
}

const Answer = z.object({
  access_token: z.optional(z.string()),
  refresh_token: z.optional(z.string()),
  error: z.optional(z.string()),
  error_description: z.optional(z.string()),
  token_type: z.optional(z.string()),
  expires_in: z.optional(z.number()),
  scope: z.optional(z.string()),
});
export type TokenReply = z.infer<typeof Answer> & { readonly status: number; readonly headers: Headers };

export async function postForm(path: string, form: Readonly<Record<string, string | undefined>>): Promise<TokenReply> {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(form)) if (value !== undefined) body.set(name, value);
  const response = await fetch(`${base}${path}`, { method: 'POST', body });
  return { ...Answer.parse(await response.json()), status: response.status, headers: response.headers };
}

/** Exchanges a code as the client that asked for it; `change` says what a dishonest one sends instead. */
export function exchange(
  landing: URL,
  { verifier }: Attempt,
  change: Readonly<Record<string, string | undefined>> = {},
): Promise<TokenReply> {
  return postForm('/oauth/token', {
    grant_type: 'authorization_code',
    client_id: clientId,
    code: landing.searchParams.get('code') ?? undefined,
    redirect_uri: redirectUri,
    code_verifier: verifier,
    ...change,
  });
}

export const refreshWith = (token: string | undefined) =>
  postForm('/oauth/token', { grant_type: 'refresh_token', client_id: clientId, refresh_token: token });

export async function callMcp(token: string | undefined): Promise<Response> {
  return fetch(`${base}/mcp`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
  });
}
