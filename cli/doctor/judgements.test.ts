import { test } from 'vitest';
import { exampleModel } from '../testing/examples.ts';
import { judgeCertificate } from './address.ts';
import { findCheapestModel } from './cheapest-model.ts';
import { compareMinor } from './public-checks.ts';
import { requireStreamed, type StreamTiming } from './stream-timing.ts';

const now = Date.parse('2026-11-21T12:00:00.000Z');

test.for([
  ['Nov 21 12:00:00 2027 GMT', 365, false],
  ['Dec  5 12:00:00 2026 GMT', 14, false],
  ['Dec  5 11:59:59 2026 GMT', 13, true],
] as const)('a trusted certificate until %s has %i days left', ([validTo, days, isWarning], { expect }) => {
  const found = judgeCertificate({ error: null, validTo, protocol: 'TLSv1.3' }, now);
  expect([found.details?.['days_left'], found.next !== undefined]).toEqual([days, isWarning]);
});

test.for([
  ['CERT_HAS_EXPIRED', 'expired on 2026-11-20'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'for another name'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'not trusted (UNABLE_TO_VERIFY_LEAF_SIGNATURE)'],
] as const)('a certificate with %s is refused', ([error, message], { expect }) => {
  const validTo = 'Nov 20 12:00:00 2026 GMT';
  expect(() => judgeCertificate({ error, validTo, protocol: null }, now)).toThrow(message);
});

const timing: StreamTiming = { first_byte_ms: 500, last_byte_ms: 2500, spread_ms: 2000, reads: 40, bytes: 60_000 };
test.for([
  ['comes over time', timing, {}, true],
  ['comes within a tenth of its time', { ...timing, first_byte_ms: 2300, spread_ms: 200 }, {}, false],
  ['comes in two reads', { ...timing, reads: 2 }, {}, false],
  ['has a length', timing, { 'content-length': '60000' }, false],
] as const)('an answer that %s', ([, measured, headers, isStreamed], { expect }) => {
  const judge = () => requireStreamed(measured, new Headers(headers));
  if (isStreamed) expect(judge).not.toThrow();
  else expect(judge).toThrow(/buffered/);
});

test.for([
  ['0.1.0', '0.1.9', 0],
  ['0.1.0', '0.2.0', -1],
  ['1.0.0', '0.9.0', 1],
  ['0.10.0', '0.9.0', 1],
  ['1.0.0-beta.1', '1.0.0', 0],
] as const)('%s against %s', ([a, b, sign], { expect }) => {
  expect(Math.sign(compareMinor(a, b))).toBe(sign);
});

test('the cheapest model has a price, streams, and reasons only if every other does', ({ expect }) => {
  const model = (id: string, output: string | null, extra: object = {}) => ({
    ...exampleModel,
    id,
    pennyworth: {
      ...exampleModel.pennyworth,
      prices_usd_per_million_tokens:
        output === null ? null : { input: '0.1', output, cache_read: null, cache_write_5m: null, cache_write_1h: null },
      ...extra,
    },
  });
  const thinker = model('thinker', '0.01', { reasoning: { control: 'fixed', always_on: true, efforts: [] } });
  const models = [
    model('free?', null),
    model('mute', '0.01', { capabilities: [] }),
    thinker,
    model('b', '9'),
    model('a', '10'),
  ];
  expect(findCheapestModel(models)?.id).toBe('b');
  expect(findCheapestModel([models[0], thinker].flatMap((one) => one ?? []))?.id).toBe('thinker');
  expect(findCheapestModel([])).toBeUndefined();
});
