import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSigner, encodePathSegment } from './sigv4.ts';

// That a signature is right is held against the SDK in sdk-oracle.test.ts; here, that it stays so from call to call.

const request = { method: 'POST', path: '/', headers: { host: 'example.com' }, body: '{}' };
const dayMs = 24 * 60 * 60_000;

test('the kept signing key never outlives its day or its secret', () => {
  const call = fc.record({
    now: fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2026, 0) + 3 * dayMs }),
    accessKeyId: fc.constantFrom('AKIA1', 'AKIA2'),
    secretAccessKey: fc.constantFrom('secret-1', 'secret-2'),
  });
  fc.assert(
    fc.property(fc.array(call, { maxLength: 20 }), (calls) => {
      const signer = createSigner('us-west-2', 'dynamodb');
      for (const { now, ...credentials } of calls) {
        const fresh = createSigner('us-west-2', 'dynamodb');
        expect(signer(request, credentials, now)).toEqual(fresh(request, credentials, now));
      }
    }),
  );
});

test('the given headers are left alone', () => {
  const headers = Object.freeze({ host: 'example.com' });
  const credentials = { accessKeyId: 'AKIA1', secretAccessKey: 's', sessionToken: 't' };
  const signed = createSigner('us-west-2', 'ssm')({ ...request, headers }, credentials, Date.UTC(2026, 0, 2, 3, 4, 5));
  expect(signed).toEqual({
    host: 'example.com',
    'x-amz-date': '20260102T030405Z',
    'x-amz-security-token': 't',
    authorization: expect.stringMatching(
      /^AWS4-HMAC-SHA256 Credential=AKIA1\/20260102\/us-west-2\/ssm\/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$/,
    ),
  });
});

test.for([
  ['anthropic.claude-3-haiku-20240307-v1:0', 'anthropic.claude-3-haiku-20240307-v1%3A0'],
  [
    'arn:aws:bedrock:us-west-2:1:inference-profile/us.a',
    'arn%3Aaws%3Abedrock%3Aus-west-2%3A1%3Ainference-profile%2Fus.a',
  ],
  ["a b!'()*~_-.", 'a%20b%21%27%28%29%2A~_-.'],
] as const)('%s is one segment of a path', ([segment, encoded], { expect }) => {
  expect(encodePathSegment(segment)).toBe(encoded);
});
