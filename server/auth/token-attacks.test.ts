import { createHmac, createPublicKey, createSign, generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, test } from 'vitest';
import * as z from 'zod/mini';
import { Deployment, type SignedIn, type TestClock, testClock } from '../keys/test-deployment.ts';
import { listen } from '../local/emulator.ts';
import { type Gateway, startGateway } from './test-gateway.ts';

// Over HTTP against the whole gateway, and only what an attacker can do: they have tokens of their own, the pool's public
// key, a key pair, and a server that is up. What a rightly signed token must say besides is in tokens.test.ts.

const Parts = z.record(z.string(), z.unknown());
const KeySet = z.object({
  keys: z.array(z.object({ kty: z.string(), kid: z.string(), n: z.string(), e: z.string() })),
});

const theirs = generateKeyPairSync('rsa', { modulusLength: 2048 });
const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const theirJwk = { ...theirs.publicKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig' };
/** Who came to the attacker's server. */
const visits: string[] = [];

let deployment: Deployment;
let clock: TestClock;
let gateway: Gateway;
let attacker: Awaited<ReturnType<typeof listen>>;
let good: SignedIn;
/** Of the good token. */
let header: z.infer<typeof Parts>;
let claims: z.infer<typeof Parts>;

beforeAll(async () => {
  deployment = await Deployment.start();
  clock = testClock();
  gateway = await startGateway(deployment, clock);
  const server = createServer(({ url = '' }, response) => {
    visits.push(url);
    response.end(
      JSON.stringify({
        keys: [
          { ...theirJwk, kid: 'theirs' },
          { ...theirJwk, kid: header['kid'] },
        ],
      }),
    );
  });
  attacker = await listen(server, 0);
  good = await deployment.signIn(await deployment.createPerson(['auditor']));
  const [first, second] = good.accessToken.split('.').map((part) => Buffer.from(part, 'base64url').toString());
  header = Parts.parse(JSON.parse(first ?? ''));
  claims = Parts.parse(JSON.parse(second ?? ''));
});
afterAll(() => Promise.all([gateway.close(), attacker.close(), deployment.close()]));

const whoAmI = (token: string) => gateway.call('/v1/me', token);
const fetches = () => deployment.cognito.calls.get('GET') ?? 0;

function encode(part: unknown): string {
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
}

/** A token signed with the attacker's key. */
function forge(change: object = {}, more: object = {}): string {
  const input = `${encode({ ...header, ...change })}.${encode({ ...claims, ...more })}`;
  return `${input}.${createSign('RSA-SHA256').update(input).sign(theirs.privateKey, 'base64url')}`;
}

/** With the claims of a good token, and any text as its signature. */
function withSignature(alg: unknown, sign: (input: string) => string): string {
  const input = `${encode({ ...header, alg })}.${encode({ ...claims, 'cognito:groups': ['admin'] })}`;
  return `${input}.${sign(input)}`;
}

async function publicKeyTexts(): Promise<readonly (readonly [string, string | Buffer])[]> {
  const url = `${deployment.cognito.url}/${deployment.userPoolId}/.well-known/jwks.json`;
  const text = await (await fetch(url)).text();
  const [jwk] = KeySet.parse(JSON.parse(text)).keys;
  if (!jwk) throw new Error('the pool has no key');
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  return [
    ['its PEM', key.export({ format: 'pem', type: 'spki' })],
    ['its PEM without the last line end', key.export({ format: 'pem', type: 'spki' }).toString().trim()],
    ['its PEM of PKCS 1', key.export({ format: 'pem', type: 'pkcs1' })],
    ['its DER', key.export({ format: 'der', type: 'spki' })],
    ['its modulus', jwk.n],
    ['the bytes of its modulus', Buffer.from(jwk.n, 'base64url')],
    ['its JWK', JSON.stringify(jwk)],
    ['the key set', text],
    ['nothing', ''],
  ];
}

async function attacks(): Promise<readonly (readonly [string, string])[]> {
  const { url } = attacker;
  const signature = good.accessToken.split('.')[2] ?? '';
  const nones = ['none', 'None', 'NONE', 'nOnE', '', null, 0, ['RS256'], undefined, 'RS256 ', 'rs256'];
  const hmacs = (await publicKeyTexts()).flatMap(([name, secret]) =>
    [256, 384, 512].map((size) => {
      const sign = (input: string) => createHmac(`sha${size}`, secret).update(input).digest('base64url');
      return [`HS${size} with ${name}`, withSignature(`HS${size}`, sign)] as const;
    }),
  );
  const ecdsa = (input: string) =>
    createSign('SHA256').update(input).sign({ key: curve.privateKey, dsaEncoding: 'ieee-p1363' }, 'base64url');
  const chain = [theirs.publicKey.export({ format: 'der', type: 'spki' }).toString('base64')];
  const otherPool = await deployment.createPool();
  const stranger = await deployment.createPerson(['admin'], otherPool);
  const foreign = await deployment.signIn(stranger, await deployment.createClient(otherPool), otherPool);
  const [, foreignPayload = '', foreignSignature = ''] = foreign.accessToken.split('.');
  return [
    ...nones.flatMap((alg) => [
      [`alg ${JSON.stringify(alg)} without a signature`, withSignature(alg, () => '')] as const,
      [`alg ${JSON.stringify(alg)} with the signature of a good token`, withSignature(alg, () => signature)] as const,
    ]),
    ...hmacs,
    ['another key under the pool’s key id', forge()],
    ['another curve', withSignature('ES256', ecdsa)],
    ['a token for identity', good.idToken],
    ['a token of another pool', foreign.accessToken],
    ['a token of another pool under our header', `${encode(header)}.${foreignPayload}.${foreignSignature}`],
    ['an issuer of their own, rightly signed for it', forge({ kid: 'theirs' }, { iss: url })],
    ['an issuer that only begins like ours', forge({ kid: 'theirs' }, { iss: `${String(claims['iss'])}@${url}` })],
    ['jku', forge({ kid: 'theirs', jku: `${url}/jku` })],
    ['x5u', forge({ kid: 'theirs', x5u: `${url}/x5u` })],
    ['jku and the pool’s key id', forge({ jku: `${url}/jku`, x5u: `${url}/x5u` })],
    ['an embedded key', forge({ jwk: { ...theirJwk, kid: header['kid'] } })],
    ['an embedded certificate', forge({ x5c: chain, x5t: 'theirs' })],
    ['an embedded key and no key id', forge({ kid: undefined, jwk: theirJwk })],
    ['a key id that is an address', forge({ kid: `${url}/kid` })],
    ['a key id that is a path', forge({ kid: '../../../../dev/null' })],
    ['a key id that is a question to a database', forge({ kid: "' UNION SELECT 'key" })],
    ['a key id of 4 KB', forge({ kid: 'k'.repeat(4_000) })],
    ['a critical extension', forge({ crit: ['b64'], b64: false })],
    ['a token inside a token', forge({ cty: 'JWT' }, { jwt: good.accessToken })],
    ['a token as the whole payload', `${encode({ ...header, cty: 'JWT' })}.${encode(good.accessToken)}.${signature}`],
    [
      'five parts, as an encrypted token has',
      `${encode({ alg: 'dir', enc: 'A128GCM' })}..${encode('iv')}.${encode('x')}.${encode('tag')}`,
    ],
    ['four parts', `${good.accessToken}.${signature}`],
    ['8,192 bytes', forge({}, { x: 'x'.repeat(8_192) }).slice(0, 8_192)],
    ['9 KB', forge({}, { x: 'x'.repeat(6_000) })],
    ['14 KB', forge({}, { x: 'x'.repeat(10_000) })],
    ['2,000 levels', `${encode(header)}.${encode(`${'['.repeat(2_000)}${']'.repeat(2_000)}`)}.${signature}`],
    [
      'a claim given twice',
      `${encode(header)}.${encode(`{"token_use":"id",${JSON.stringify(claims).slice(1)}`)}.${signature}`,
    ],
    [
      '__proto__ in its header',
      `${encode(`{"__proto__":{"alg":"RS256"},"kid":"${String(header['kid'])}"}`)}.${encode(claims)}.${signature}`,
    ],
    ['NUL in its header', forge({ kid: `${String(header['kid'])}\0` })],
    ['no payload', `${encode(header)}..${signature}`],
    [
      'bytes that are not UTF-8',
      `${encode(header)}.${Buffer.from([0xff, 0xfe, 0x7b]).toString('base64url')}.${signature}`,
    ],
  ];
}

test('a good token is taken, and nothing that is made from one is, nor is anybody else asked', async ({ expect }) => {
  expect((await whoAmI(good.accessToken)).status).toBe(200);
  const made = await attacks();
  const replies = await Promise.all(made.map(async ([name, token]) => [name, await whoAmI(token)] as const));
  const refused = {
    error: { message: expect.any(String), type: 'invalid_request_error', param: null, code: 'invalid_api_key' },
  };
  for (const [name, { status, text, headers }] of replies) {
    expect([status, JSON.parse(text)], name).toEqual([401, refused]);
    expect(headers.get('www-authenticate'), name).toBe('Bearer');
  }
  expect(new Set(replies.map(([, { text }]) => text)).size).toBe(1);
  expect(visits).toEqual([]);
  expect(gateway.logLines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  expect((await whoAmI(good.accessToken)).status).toBe(200);
});

describe('time', () => {
  const at = async (ms: number) => {
    const there = testClock();
    there.advance(ms);
    const elsewhere = await startGateway(deployment, there);
    const { status, code } = await elsewhere.call('/v1/me', good.accessToken);
    await elsewhere.close();
    return status === 200 ? 'ok' : `${status} ${code}`;
  };
  // A token lasts an hour, and clocks may differ by a minute; the seconds between are for a slow machine.
  test.for([
    ['a minute before it was made', -40_000, 'ok'],
    ['two minutes before it was made', -120_000, '401 invalid_api_key'],
    ['a year before it was made', -31_536_000_000, '401 invalid_api_key'],
    ['a minute after its end', 3_600_000 + 20_000, 'ok'],
    ['two minutes after its end', 3_600_000 + 120_000, '401 invalid_api_key'],
    ['a year after its end', 31_536_000_000, '401 invalid_api_key'],
  ] as const)('a server whose clock shows %s', async ([, ms, expected], { expect }) => {
    expect(await at(ms)).toBe(expected);
  });
});

describe('a storm of 1,000 tokens with key ids that nobody knows', () => {
  const storm = () => Array.from({ length: 1_000 }, () => forge({ kid: randomUUID() }));
  const codesOf = async (tokens: readonly string[], asked: Gateway) => {
    const replies = await Promise.all(tokens.map((token) => asked.call('/v1/me', token)));
    return new Set(replies.map(({ status, code }) => `${status} ${code}`));
  };

  test('fetches the key set once a minute at most, and lets good tokens through', async ({ expect }) => {
    const there = testClock();
    const warm = await startGateway(deployment, there);
    const { accessToken } = good;
    expect((await warm.call('/v1/me', accessToken)).status).toBe(200);
    const forged = storm();
    const counts: number[] = [];
    for (let minute = 0; minute < 3; minute++) {
      const before = fetches();
      expect(await codesOf(forged, warm)).toEqual(new Set(['401 invalid_api_key']));
      expect((await warm.call('/v1/me', accessToken)).status).toBe(200);
      counts.push(fetches() - before);
      there.advance(60_000);
    }
    expect(counts).toEqual([1, 1, 1]);
    await warm.close();
  }, 120_000);

  test('does so on an instance that has just started, too', async ({ expect }) => {
    const cold = await startGateway(deployment);
    const before = fetches();
    expect(await codesOf(storm(), cold)).toEqual(new Set(['401 invalid_api_key']));
    expect(fetches() - before).toBe(1);
    expect((await cold.call('/v1/me', good.accessToken)).status).toBe(200);
    await cold.close();
  }, 120_000);
});
