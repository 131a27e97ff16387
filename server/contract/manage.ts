import { inject } from 'vitest';

const { url, model } = inject('dev');

/** A management call; headers beside the credential go last. */
export async function manage(
  method: string,
  path: string,
  credential: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
) {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json', ...headers },
    body: body === undefined ? null : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
}

/** A short chat completion. */
export function chat(credential: string | undefined, fields: object = {}) {
  const body = { model, messages: [{ role: 'user', content: 'Hi' }], ...fields };
  return manage('POST', '/v1/chat/completions', credential ?? '', body);
}
