import { createHash } from 'node:crypto';
import type { HttpResponse } from '../http.ts';

// The two pages that a person sees of the façade: no script, nothing from elsewhere, and in no frame of anybody's.

const style =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1rem;color:#1b1f24;background:#fff}' +
  'h1{font-size:1.3rem}code{overflow-wrap:anywhere;background:#eef1f4;padding:.1rem .3rem;border-radius:.2rem}' +
  'button{font:inherit;padding:.5rem 1.2rem;margin-right:.6rem;border:1px solid #57606a;border-radius:.4rem;background:#fff}' +
  'button[value=allow]{background:#1b1f24;color:#fff}';
const styleHash = createHash('sha256').update(style).digest('base64');

interface Consent {
  /** The whole address of the form. */
  readonly action: string;
  readonly ticket: string;
  readonly redirectUri: string;
  /** Where the browser goes after it, one redirect after the other. */
  readonly loginUrl: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Asks before anything goes to Cognito: every client of MCP has the same client id, so a sign-in that is still open at
 * Cognito would give a code to whoever sends a browser here (MCP's security best practices, "confused deputy").
 */
export function consentPage({ action, ticket, redirectUri, loginUrl, headers }: Consent): HttpResponse {
  // Browsers hold the addresses that a form's answer leads to against form-action too, not its own address only.
  const targets = ["'self'", loginUrl, sourceOf(redirectUri)].join(' ');
  return page(200, targets, headers, [
    '<h1>Connect a program to Pennyworth?</h1>',
    `<p>${destinationOf(redirectUri)} wants to use <code>/mcp</code> in your name: it can call models, which is paid from your budget; read your usage and, if you are an administrator or auditor, read everybody’s; and use the tools of other servers that your operator has connected. It cannot manage keys or people.</p>`,
    `<p>After you have signed in, your browser is sent to <code>${escapeHtml(redirectUri)}</code>.</p>`,
    '<p>Go on only if you have just started this yourself.</p>',
    `<form method="post" action="${escapeHtml(action)}"><input type="hidden" name="ticket" value="${escapeHtml(ticket)}">`,
    '<button name="decision" value="allow">Continue</button><button name="decision" value="deny">Cancel</button></form>',
  ]);
}

/** Where nobody may be redirected to. @param message plain text: what is wrong, and what to do */
export function errorPage(status: number, message: string): HttpResponse {
  return page(status, "'none'", {}, ['<h1>This sign-in cannot go on</h1>', `<p>${escapeHtml(message)}</p>`]);
}

function page(
  status: number,
  formAction: string,
  headers: Readonly<Record<string, string>>,
  lines: readonly string[],
): HttpResponse {
  const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; form-action ${formAction}; frame-ancestors 'none'; base-uri 'none'`;
  const title = '<title>Pennyworth</title><meta name="viewport" content="width=device-width">';
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': policy,
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      // Not no-referrer: with it a browser would not say either that the form came from here.
      'referrer-policy': 'same-origin',
      ...headers,
    },
    body: `<!doctype html><html lang="en"><meta charset="utf-8">${title}<style>${style}</style>${lines.join('')}</html>`,
  };
}

/** As a policy names it: an origin, or the scheme alone where there is no origin or no way to write it (an IPv6 host). */
function sourceOf(redirectUri: string): string {
  const { protocol, host, origin } = new URL(redirectUri);
  return origin === 'null' || host.startsWith('[') ? protocol : origin;
}

function destinationOf(redirectUri: string): string {
  const { protocol, host } = new URL(redirectUri);
  if (protocol === 'https:') return `<strong>${escapeHtml(host)}</strong>`;
  if (protocol === 'http:') return `A program on this computer (<strong>${escapeHtml(host)}</strong>)`;
  return `The program that opens <strong>${escapeHtml(protocol)}</strong> addresses`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
