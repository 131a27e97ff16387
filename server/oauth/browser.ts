import { hash, randomBytes } from 'node:crypto';
import { type HttpRequest, header } from '../http.ts';

// One browser goes through all steps of a sign-in: its cookie holds a random word, the sealed steps hold its digest. A
// link that somebody else prepared, to the middle of a sign-in of their own, leads nowhere.

const wordPattern = /^[\w-]{43}$/;
const minutes = 10;

/** `__Host-`: no other name of the same domain can plant it (RFC 6265bis §4.1.3.2). Plain http cannot have it. */
function cookieName(issuer: string): string {
  return issuer.startsWith('https:') ? '__Host-pennyworth-oauth' : 'pennyworth-oauth';
}

/** The digest of this browser's word, if it brought one. */
export function knownBrowser(request: HttpRequest, issuer: string): string | undefined {
  const word = wordOf(request, issuer);
  return word === undefined ? undefined : digestOf(word);
}

/** The same, or of a new word; the header keeps it for another ten minutes, so that two sign-ins can go on at once. */
export function markBrowser(
  request: HttpRequest,
  issuer: string,
): { readonly browser: string; readonly headers: Readonly<Record<string, string>> } {
  const word = wordOf(request, issuer) ?? randomBytes(32).toString('base64url');
  // Lax: it comes along when Cognito sends the browser back, and not with a form that another site posts.
  const rules = `Path=/; HttpOnly; SameSite=Lax; Max-Age=${minutes * 60}${issuer.startsWith('https:') ? '; Secure' : ''}`;
  return { browser: digestOf(word), headers: { 'set-cookie': `${cookieName(issuer)}=${word}; ${rules}` } };
}

/** Whether a form was sent by a page of ours, as far as the browser says where it comes from. */
export function isSameOrigin(request: HttpRequest, issuer: string): boolean {
  const origin = header(request, 'origin');
  const site = header(request, 'sec-fetch-site');
  return (origin === undefined || origin === new URL(issuer).origin) && (site === undefined || site === 'same-origin');
}

function wordOf(request: HttpRequest, issuer: string): string | undefined {
  const name = `${cookieName(issuer)}=`;
  const cookies = (request.headers['cookie'] ?? []).flatMap((value) => value.split(';'));
  const word = cookies.map((cookie) => cookie.trim()).find((cookie) => cookie.startsWith(name));
  const value = word?.slice(name.length);
  return value !== undefined && wordPattern.test(value) ? value : undefined;
}

function digestOf(word: string): string {
  return hash('sha256', word, 'base64url');
}
