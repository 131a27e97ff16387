import { spawn } from 'node:child_process';
import path from 'node:path';
import { inject, test } from 'vitest';
import { Browser, leftTo, pageOf } from '../../contract/browser.ts';

// @modelcontextprotocol/conformance against the façade as an authorization server. It prints the address that a person
// is to open, and listens for what comes back.

const { packages, oauth } = inject('mcp');
const { issuer, loginUrl, clientId, user } = oauth;

test('conformance authorization: metadata, and a code that becomes a token', async ({ expect }) => {
  const file = path.join(packages, 'node_modules', 'conformance-2', 'dist', 'index.js');
  const told = ['--url', issuer, '--client-id', clientId, '--resource', `${issuer}/mcp`, '--port', '39871'];
  const child = spawn(process.execPath, [file, 'authorization', ...told], { cwd: packages });
  let text = '';
  let isOpened = false;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const signedIn = new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      const [address] = /^http\S+\/oauth\/authorize\?\S+$/m.exec(text) ?? [];
      if (isOpened || address === undefined || !text.includes('Callback server started')) return;
      isOpened = true;
      signIn(address).then(resolve, reject);
    });
    void exited.then(() => resolve());
  });
  await signedIn;
  await exited;
  const scenarios = [...text.matchAll(/^([✓✗]) ([\w-]+): (\d+) passed, (\d+) failed/gm)];
  expect(
    scenarios.map(([, mark, name, , failed]) => [mark, name, failed]),
    text,
  ).toEqual([
    ['✓', 'authorization-server-metadata-endpoint', '0'],
    ['✓', 'authorization-code-grant', '0'],
  ]);
});

async function signIn(address: string): Promise<void> {
  const browser = new Browser([issuer, loginUrl]);
  const login = pageOf(await browser.submit(await browser.page(address), { decision: 'allow' }));
  const { username, password } = user;
  await fetch(leftTo(await browser.submit(login, { username, password })));
}
