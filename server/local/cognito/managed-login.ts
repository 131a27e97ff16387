import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsFault, readBody, sendJson } from '../emulator.ts';
import { createAuthorizationCodes } from './authorization-codes.ts';
import { openChallenge } from './challenge-session.ts';
import { notAuthorized } from './faults.ts';
import { type LoginStep, sendFaultPage, sendForm } from './login-pages.ts';
import { addressOf, type LoginRequest, readLoginRequest } from './login-request.ts';
import { takeLoginStep } from './login-steps.ts';
import { factorsOf } from './mfa-factors.ts';
import type { Context } from './operation.ts';
import { type User, userKey } from './state.ts';
import { answerRevocation, answerTokenRequest } from './token-endpoint.ts';

/** The OAuth half of Cognito, which a pool has as soon as it has a domain. */
export interface ManagedLogin {
  isAt(request: IncomingMessage): boolean;
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/** How long a browser stays signed in ("Managed login" in the developer guide). */
const cookieMs = 3_600_000;

/** https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-userpools-server-contract-reference.html */
export function createManagedLogin(context: Context): ManagedLogin {
  const codes = createAuthorizationCodes(context.now);
  const browsers = new Map<string, { readonly poolId: string; readonly userKey: string; readonly until: number }>();

  const sendCode = (request: LoginRequest, user: User, response: ServerResponse, headers: Record<string, string>) => {
    const code = codes.issue(request, user.key);
    redirect(response, addressOf(request.redirectUri, { code, state: request.state }), headers);
  };

  const signedIn = (request: LoginRequest, user: User, response: ServerResponse) => {
    const word = randomBytes(32).toString('base64url');
    const { poolId, key } = user;
    browsers.set(word, { poolId, userKey: key, until: context.now() + cookieMs });
    sendCode(request, user, response, { 'set-cookie': `cognito=${word}; Path=/; HttpOnly; SameSite=Lax` });
  };

  const knownUser = ({ pool }: LoginRequest, message: IncomingMessage): User | undefined => {
    const known = browsers.get(/(?:^|;\s*)cognito=([\w-]+)/.exec(message.headers.cookie ?? '')?.[1] ?? '');
    if (known === undefined || known.poolId !== pool.id || known.until <= context.now()) return undefined;
    const user = context.state.users.get(userKey(pool.id, known.userKey));
    return user?.enabled ? user : undefined;
  };

  /** After a step that went well: the next one, or the code. */
  const goOn = (request: LoginRequest, user: User, passed: LoginStep, response: ServerResponse) => {
    const { client, pool } = request;
    const person = { clientId: client.id, username: user.username, userKey: user.key };
    if (!user.enabled) throw notAuthorized('User is disabled.');
    if (user.status === 'FORCE_CHANGE_PASSWORD') {
      return sendForm(
        response,
        'newPassword',
        openChallenge(context, client, { ...person, name: 'NEW_PASSWORD_REQUIRED' }),
      );
    }
    if (user.status === 'RESET_REQUIRED') throw notAuthorized('Password reset required for the user');
    const factors = factorsOf(pool, user);
    if (passed === 'mfa' || (factors.length === 0 && pool.settings.MfaConfiguration !== 'ON')) {
      return signedIn(request, user, response);
    }
    if (!factors.includes('SOFTWARE_TOKEN_MFA')) {
      throw notAuthorized('Only authenticator apps are available on the login page of the local emulator.');
    }
    sendForm(response, 'mfa', openChallenge(context, client, { ...person, name: 'SOFTWARE_TOKEN_MFA' }));
  };

  const login = async (message: IncomingMessage, request: LoginRequest, response: ServerResponse) => {
    if (message.method !== 'POST') return sendForm(response, 'login', '');
    const form = await readForm(message);
    const step = steps.find((known) => known === form.get('step')) ?? 'login';
    try {
      goOn(request, takeLoginStep(context, request, step, form), step, response);
    } catch (error) {
      if (!(error instanceof AwsFault)) throw error;
      sendForm(response, step, form.get('session') ?? '', error.message);
    }
  };

  return {
    isAt: ({ url = '' }) => paths.has(url.replace(/\?.*$/, '')),
    async answer(message, response) {
      const { pathname, search, searchParams } = new URL(message.url ?? '/', 'http://localhost');
      if (pathname === '/oauth2/token' || pathname === '/oauth2/revoke') {
        const form = await readForm(message);
        const isToken = pathname === '/oauth2/token';
        const { status, body } = isToken ? answerTokenRequest(context, codes, form) : answerRevocation(context, form);
        return sendJson(response, status, body, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      }
      const read = readLoginRequest(context, searchParams);
      if (read.kind === 'fault') return sendFaultPage(response, read.error);
      if (read.kind === 'refused') return redirect(response, read.location);
      const { request } = read;
      if (pathname === '/login') return login(message, request, response);
      const user = request.isAnew ? undefined : knownUser(request, message);
      if (user) return sendCode(request, user, response, {});
      redirect(response, `/login${search}`);
    },
  };
}

const paths: ReadonlySet<string> = new Set(['/oauth2/authorize', '/oauth2/token', '/oauth2/revoke', '/login']);
const steps: readonly LoginStep[] = ['login', 'mfa', 'newPassword'];

function redirect(response: ServerResponse, location: string, headers: Record<string, string> = {}): void {
  response.writeHead(302, { location, 'cache-control': 'no-store', 'content-length': 0, ...headers });
  response.end();
}

async function readForm(message: IncomingMessage): Promise<URLSearchParams> {
  return new URLSearchParams((await readBody(message)).toString('utf8'));
}
