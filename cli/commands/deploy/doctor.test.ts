import { createServer } from 'node:https';
import { describe, test } from 'vitest';
import { createCertificate } from '../../testing/certificate.ts';
import { exampleKey, secretTokens } from '../../testing/examples.ts';
import { type Answer, answer, refusal } from '../../testing/gateway.ts';
import {
  call,
  chat,
  chatEvents,
  events,
  HealthyGateway,
  keyText,
  messages,
  version,
} from '../../testing/healthy-gateway.ts';

/** The rows of the piped report that are not `ok`: check, status, what was found, what to do. */
function faultsIn(out: string): string[][] {
  const rows = out.split('\n').map((row) => row.split('\t'));
  return rows.filter(([name, status]) => name !== '' && status !== 'ok');
}

async function withGateway<T>(use: (gateway: HealthyGateway) => Promise<T>): Promise<T> {
  const gateway = new HealthyGateway();
  await gateway.start();
  try {
    return await use(gateway);
  } finally {
    await gateway.stop();
  }
}

test('a healthy gateway has no fault, and is called with the cheapest model and a key of an hour', async ({
  expect,
}) => {
  await withGateway(async (gateway) => {
    const { code, out, err } = await gateway.examine();
    expect([code, faultsIn(out), err]).toEqual([0, [], expect.stringMatching(/^These calls cost \$/)]);
    const made = gateway.received.find(({ method, path }) => method === 'POST' && path === '/v1/keys');
    expect(made?.body).toEqual({ name: 'doctor-2026-11-21T12:00:00.000Z', expires_in: '1h', scopes: ['inference'] });
    const asked = gateway.received.filter(({ path }) => path === '/v1/chat/completions' || path === '/v1/responses');
    expect(asked.map(({ body }) => body)).toContainEqual(
      expect.objectContaining({ model: 'nova-micro', store: false }),
    );
    expect(out + err).not.toContain(keyText.slice(0, 12));
    for (const token of secretTokens) expect(out + err).not.toContain(token);
  });
});

/** What API Gateway says by itself. */
const apiGateway = (status: number, message: string) => answer(status, { message });
const raw =
  (headers: Readonly<Record<string, string>>, text: string): Answer =>
  (_request, response) => {
    setTimeout(() => response.writeHead(200, headers).end(text), 100);
  };
const streamHeaders = { 'content-type': 'text/event-stream', 'x-request-id': 'req-1' };
const streamText = chatEvents.map((data) => `data: ${data}\n\n`).join('');
const buffered = raw({ ...streamHeaders, 'content-length': String(streamText.length) }, streamText);
const heldBack: Answer = (_request, response) => {
  response.writeHead(200, streamHeaders);
  response.flushHeaders();
  setTimeout(() => {
    response.write(streamText.slice(0, 100));
    response.end(streamText.slice(100));
  }, 150);
};

interface Fault {
  readonly name: string;
  readonly route: string;
  readonly reply: Answer;
  readonly check: string;
  readonly status?: 'warning';
  readonly found: RegExp;
  readonly next: RegExp;
}

const chatRoute = 'POST /v1/chat/completions';
const faults: readonly Fault[] = [
  {
    name: 'the wrong stage',
    route: 'GET /v1/hello',
    reply: apiGateway(403, 'Missing Authentication Token'),
    check: 'hello',
    found: /API Gateway answered 403 "Missing Authentication Token".*no.* route/,
    next: /ApiUrl.*GatewayResponses/,
  },
  {
    name: 'an address that is switched off',
    route: 'GET /v1/hello',
    reply: apiGateway(403, 'Forbidden'),
    check: 'hello',
    found: /refuses the address/,
    next: /ApiUrl/,
  },
  {
    name: 'a function that does not start',
    route: 'GET /v1/hello',
    reply: apiGateway(502, 'Internal server error'),
    check: 'hello',
    found: /could not run the function/,
    next: /log group/,
  },
  {
    name: 'another server',
    route: 'GET /v1/hello',
    reply: (_request, response) => response.writeHead(302, { location: 'https://portal.example' }).end(),
    check: 'hello',
    found: /302.*leads to https:\/\/portal.example.*not what Pennyworth says/,
    next: /proxy/,
  },
  {
    name: 'another program’s version',
    route: 'GET /v1/version',
    reply: version({ name: 'other' }),
    check: 'version',
    found: /name/,
    next: /deploy/,
  },
  {
    name: 'a newer gateway',
    route: 'GET /v1/version',
    reply: version({ version: '9.0.0', git_sha: 'abcdef0123456789' }),
    check: 'version',
    status: 'warning',
    found: /9\.0\.0 \(abcdef012345\) in us-west-2; this command is older/,
    next: /npm install/,
  },
  {
    name: 'API Gateway’s own 404',
    route: 'GET /v1/doctor-asks-for-nothing',
    reply: apiGateway(403, 'Missing Authentication Token'),
    check: 'error-path',
    found: /default shape/,
    next: /\{proxy\+\}/,
  },
  {
    name: 'an error in OpenAI’s shape for Anthropic’s clients',
    route: 'POST /v1/messages',
    reply: messages(refusal(401, 'invalid_api_key', 'No.')),
    check: 'error-anthropic',
    found: /401, but not in Anthropic’s shape/,
    next: /same version/,
  },
  {
    name: 'an open door for web pages',
    route: 'OPTIONS /v1/chat/completions',
    reply: answer(200, {}, { 'access-control-allow-origin': '*' }),
    check: 'cors',
    found: /any web page.*"\*"/,
    next: /CorsOrigins/,
  },
  {
    name: 'API Gateway answering web pages itself',
    route: 'OPTIONS /v1/chat/completions',
    reply: apiGateway(500, 'Internal server error'),
    check: 'cors',
    found: /could not run the function/,
    next: /log group/,
  },
  {
    name: 'a session that is refused',
    route: 'GET /v1/me',
    reply: refusal(403, 'forbidden', 'You may not.'),
    check: 'whoami',
    found: /You may not/,
    next: /administrator/,
  },
  {
    name: 'no access to the model',
    route: chatRoute,
    reply: refusal(403, 'model_access_denied', 'You don’t have access to the model.'),
    check: 'chat',
    found: /403: You don’t have access/,
    next: /Bedrock.*--model/,
  },
  {
    name: 'a cost that is not told',
    route: chatRoute,
    reply: chat(events(chatEvents, 25), answer(200, { choices: [{ message: { content: 'pong' } }] })),
    check: 'cost',
    found: /missing/,
    next: /removes headers/,
  },
  {
    name: 'a buffered stream',
    route: chatRoute,
    reply: chat(buffered),
    check: 'stream',
    found: /buffered: first byte after \d+ ms, all of it \d+ ms later in \d+ reads?, .*content-length/,
    next: /RESPONSE_STREAM.*STREAM/,
  },
  {
    name: 'a stream that is held back',
    route: chatRoute,
    reply: chat(heldBack),
    check: 'stream',
    found: /buffered/,
    next: /RESPONSE_STREAM.*proxy/,
  },
  {
    name: 'a stream that stops early',
    route: chatRoute,
    reply: chat(events(chatEvents.slice(0, 4), 25)),
    check: 'stream',
    found: /breaks off/,
    next: /log for req-1/,
  },
  {
    name: 'a stream that is cut',
    route: chatRoute,
    reply: chat((_request, response) => {
      response.writeHead(200, streamHeaders).write(streamText.slice(0, 30));
      setTimeout(() => response.destroy(), 20);
    }),
    check: 'stream',
    found: /connection broke/,
    next: /./,
  },
  {
    name: 'a function that ends in 29 s',
    route: 'POST /v1/responses',
    reply: apiGateway(504, 'Endpoint request timed out'),
    check: 'responses',
    found: /waited no longer/,
    next: /RESPONSE_STREAM and TimeoutInMillis/,
  },
  {
    name: 'a call without a cost in the ledger',
    route: 'GET /v1/usage/calls',
    reply: answer(200, { data: [{ ...call, cost_nano_usd: null, cost_usd: null }], next: null }),
    check: 'ledger',
    found: /4 of 4 calls are not in \/v1\/usage\/calls/,
    next: /settle_pending/,
  },
  {
    name: 'a revoked key that still works',
    route: `DELETE /v1/keys/${exampleKey.id}`,
    reply: answer(200, exampleKey),
    check: 'refused',
    found: /still gets 200/,
    next: /SECURITY\.md/,
  },
];

describe.concurrent('is found and explained', () => {
  test.for(faults)('$name', async ({ route, reply, check, status = 'failed', found, next }, { expect }) => {
    await withGateway(async (gateway) => {
      gateway.on(route, reply);
      const { code, out, err } = await gateway.examine('--timeout', '20');
      const told = faultsIn(out).filter((row) => row[1] !== 'skipped');
      expect(told).toEqual([[check, status, expect.stringMatching(found), expect.stringMatching(next)]]);
      expect(code).toBe(status === 'failed' ? 1 : 0);
      if (status === 'failed') expect(err).toMatch(new RegExp(`Error: 1 of 20 checks failed: ${check}\n {2}→ .+\n$`));
      expect(out + err).not.toMatch(/\p{Cc}(?<![\n\t])| {4}at |undefined/u);
      // Whatever failed: a key that was made was revoked.
      const made = gateway.received.filter(({ path, method }) => path === '/v1/keys' && method === 'POST').length;
      expect(gateway.received.filter(({ method }) => method === 'DELETE').length).toBe(made);
    });
  });

  test('nobody who listens', async ({ expect }) => {
    await withGateway(async (gateway) => {
      const { code, out } = await gateway.examine('http://127.0.0.1:1');
      const [first, ...rest] = faultsIn(out);
      expect([code, first?.slice(0, 2)]).toEqual([1, ['reachable', 'failed']]);
      expect(first?.[2]).toContain('nothing listens there');
      expect(rest.every(([, status]) => status === 'skipped')).toBe(true);
    });
  });

  test('a certificate of nobody', async ({ expect }) => {
    await withGateway(async (gateway) => {
      const server = createServer(createCertificate(90), (_request, response) => response.end());
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      const port = typeof address === 'object' ? address?.port : undefined;
      const { code, out } = await gateway.examine(`https://127.0.0.1:${port}`, '--json');
      server.close();
      const report = JSON.parse(out);
      expect([code, report.ok, report.checks[1]]).toMatchObject([
        1,
        false,
        {
          name: 'tls',
          status: 'failed',
          message: 'the certificate is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)',
          next: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
          details: { days_left: expect.any(Number) },
        },
      ]);
      expect(report.checks[2]).toMatchObject({ name: 'hello', status: 'skipped', message: 'needs what "tls" checks' });
    });
  });

  test('a person who is not signed in there', async ({ expect }) => {
    await withGateway(async (gateway) => {
      const { code, out } = await gateway.examine('--profile', 'other', gateway.url);
      const [first, ...rest] = faultsIn(out);
      expect([code, first?.[0], first?.[3]]).toEqual([1, 'sign-in', `pennyworth login ${gateway.url}`]);
      expect(rest.map(([name, status]) => `${name} ${status}`)).toContain('key skipped');
    });
  });

  test('a key whose making was not answered, which is looked for and revoked', async ({ expect }) => {
    await withGateway(async (gateway) => {
      const name = 'doctor-2026-11-21T12:00:00.000Z';
      gateway.on('POST /v1/keys', (_request, response) => void response.destroy());
      gateway.on(
        'GET /v1/keys',
        answer(200, { data: [exampleKey, { ...exampleKey, id: 'key_lost', name }], next: null }),
      );
      gateway.on('DELETE /v1/keys/key_lost', answer(200, { ...exampleKey, status: 'revoked' }));
      const { code, err } = await gateway.examine();
      const revoked = gateway.received.filter(({ method }) => method === 'DELETE').map(({ path }) => path);
      expect([code, revoked]).toEqual([1, ['/v1/keys/key_lost']]);
      expect(err).toContain(`The key "${name}" is revoked.`);
    });
  });

  test('Ctrl-C while the key is made: it is waited for and revoked', async ({ expect }) => {
    await withGateway(async (gateway) => {
      gateway.on('POST /v1/keys', (request, response) => {
        gateway.terminal.interrupt();
        setTimeout(() => answer(201, { ...exampleKey, key: keyText })(request, response), 100);
      });
      const { code, out, err } = await gateway.examine('--json');
      expect([code, out]).toEqual([130, '']);
      expect(err).toContain('"code":"interrupted"');
      expect(gateway.received.filter(({ method }) => method === 'DELETE').length).toBe(1);
    });
  });

  test('a key that cannot be revoked is told, with how to do it', async ({ expect }) => {
    await withGateway(async (gateway) => {
      gateway.on(`DELETE /v1/keys/${exampleKey.id}`, refusal(500, 'internal_error', 'A fault.'));
      const { code, out, err } = await gateway.examine('--no-spend');
      expect([code, faultsIn(out).at(-2)?.slice(0, 2)]).toEqual([1, ['revoke', 'failed']]);
      expect(err).toContain('may be left: pennyworth keys list. It ends by itself in an hour.');
    });
  });

  test('an origin that must be let in, and is not, or is', async ({ expect }) => {
    await withGateway(async (gateway) => {
      const origin = 'https://chat.example.com';
      const asked = await gateway.examine('--no-spend', '--origin', origin);
      expect(faultsIn(asked.out)[0]).toEqual([
        'cors',
        'failed',
        expect.stringContaining(`a page of ${origin} is not let in`),
        expect.stringContaining('CorsOrigins'),
      ]);
      let asks = 0;
      gateway.on('OPTIONS /v1/chat/completions', (request, response) => {
        // The unlisted one is asked for first.
        const isListed = ++asks > 1;
        const headers = isListed ? { 'access-control-allow-origin': origin } : {};
        answer(isListed ? 204 : 405, {}, headers)(request, response);
      });
      const { out } = await gateway.examine('--no-spend', '--origin', origin);
      expect(out).toContain(`one of ${origin} is`);
    });
  });

  test('an address that is none, and plain http to another machine', async ({ expect }) => {
    await withGateway(async (gateway) => {
      expect(await gateway.examine('http://gateway.example.com')).toMatchObject({ code: 3, out: '' });
      expect(await gateway.examine('--mode')).toMatchObject({ code: 2, out: '' });
    });
  });
});
