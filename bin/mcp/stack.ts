import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { installPackages } from '../install-packages.ts';
import { type LocalStack, startStack } from '../local-stack.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly mcp: {
      /** Of the gateway, with its fixtures; a call needs the key. */
      readonly endpoint: string;
      readonly apiKey: string;
      /** The same for programs that cannot send a key: it is added on the way. */
      readonly keyed: string;
      /** For who signs in by a browser. */
      readonly oauth: {
        readonly issuer: string;
        readonly loginUrl: string;
        readonly clientId: string;
        readonly user: { readonly username: string; readonly password: string };
      };
      /** Where the packages of `versions` are. */
      readonly packages: string;
    };
  }
}

const versions = {
  'conformance-1': 'npm:@modelcontextprotocol/conformance@0.1.16',
  'conformance-2': 'npm:@modelcontextprotocol/conformance@0.2.0-alpha.12',
  '@modelcontextprotocol/inspector': '2.12.0',
};

/** One stack with the fixtures, and before it what adds its key to each request and changes nothing else. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const packages = installPackages('mcp', versions);
  const stack = await startStack({ args: ['--mcp-fixtures'] });
  const { url, api_key: apiKey, user, env } = stack.dev;
  const { PENNYWORTH_LOGIN_URL: loginUrl = '', PENNYWORTH_MCP_CLIENT_ID: clientId = '' } = env;
  const keyed = await startKeyProxy(stack);
  const oauth = { issuer: url, loginUrl, clientId, user };
  project.provide('dev', stack.dev);
  project.provide('mcp', { endpoint: `${url}/mcp`, apiKey, keyed: keyed.endpoint, packages, oauth });
  return async () => {
    keyed.close();
    await stack.stop();
  };
}

async function startKeyProxy({ dev }: LocalStack): Promise<{ readonly endpoint: string; close(): void }> {
  const { hostname, port } = new URL(dev.url);
  const proxy = createServer((incoming, outgoing) => {
    const headers = { ...incoming.headers, authorization: `Bearer ${dev.api_key}` };
    const onward = request({ hostname, port, method: incoming.method, path: incoming.url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.once('error', () => outgoing.destroy());
    outgoing.once('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const address = proxy.address();
  return {
    endpoint: `http://127.0.0.1:${portOf(address)}/mcp`,
    close: () => {
      proxy.close();
      proxy.closeAllConnections();
    },
  };
}

function portOf(address: string | AddressInfo | null): number {
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return address.port;
}
