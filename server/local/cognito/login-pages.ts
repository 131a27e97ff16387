import type { ServerResponse } from 'node:http';

// Plain pages in the place of Cognito's own. A form goes to the address it came from, whose query says what is wanted.

interface Field {
  readonly name: string;
  readonly label: string;
  readonly type: 'text' | 'password';
}

const fields = {
  login: [
    { name: 'username', label: 'E-mail or username', type: 'text' },
    { name: 'password', label: 'Password', type: 'password' },
  ],
  mfa: [{ name: 'code', label: 'Code of your authenticator app', type: 'text' }],
  newPassword: [{ name: 'new_password', label: 'New password', type: 'password' }],
} as const satisfies Record<string, readonly Field[]>;

export type LoginStep = keyof typeof fields;

/** @param session what leads from one step to the next */
export function sendForm(response: ServerResponse, step: LoginStep, session: string, fault?: string): void {
  const inputs = fields[step].map(
    ({ name, label, type }) =>
      `<p><label>${label}<br><input name="${name}" type="${type}" autocomplete="off"></label></p>`,
  );
  sendPage(
    response,
    fault === undefined ? 200 : 400,
    [
      fault === undefined ? '' : `<p role="alert">${escapeHtml(fault)}</p>`,
      `<form method="post"><input type="hidden" name="step" value="${step}">`,
      `<input type="hidden" name="session" value="${escapeHtml(session)}">`,
      ...inputs,
      '<button>Sign in</button></form>',
    ].join(''),
  );
}

export function sendFaultPage(response: ServerResponse, fault: string): void {
  sendPage(response, 400, `<p role="alert">${escapeHtml(fault)}</p>`);
}

function sendPage(response: ServerResponse, status: number, content: string): void {
  const body = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Sign in (local)</title>${content}</html>`;
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'x-frame-options': 'DENY',
  };
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
