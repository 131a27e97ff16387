import * as fc from 'fast-check';

// Histories of two people with two keys each and the team that pays for them: what the gateway's servers, their deaths and
// the administrators may do in any order (test-world.ts plays them).

export const people = ['ann', 'ben'] as const;
export type Person = (typeof people)[number];
export type ScopeName = Person | 'team' | `${Person}.k1` | `${Person}.k2`;

const amount = fc.integer({ min: 1, max: 400 });
const who = fc.record({ person: fc.constantFrom(...people), key: fc.constantFrom('k1', 'k2', null) } as const);
const call = fc.record({ likely: amount, more: fc.integer({ min: 0, max: 800 }) });
const scope = fc.constantFrom<ScopeName>('ann', 'ben', 'team', 'ann.k1', 'ann.k2', 'ben.k1', 'ben.k2');
const limit = fc.constantFrom(undefined, undefined, 500, 1_000, 3_000, 10_000, 40_000);
const limits = fc.record({
  day: limit,
  month: limit,
  total: limit,
  concurrency: fc.constantFrom(undefined, undefined, undefined, 1, 3),
});
const pick = fc.nat(100);
/** Of what was held, in percent: over 100 where an estimate was no upper bound. */
const share = fc.integer({ min: 0, max: 100 });

const step = fc.oneof(
  { weight: 10, arbitrary: fc.record({ op: fc.constant('reserve'), who, call } as const) },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constant('burst'), who, call, count: fc.integer({ min: 2, max: 6 }) } as const),
  },
  { weight: 8, arbitrary: fc.record({ op: fc.constant('settle'), pick, share } as const) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('settle-twice'), pick, share } as const) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('settle-again'), pick } as const) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('die'), pick, share, wrote: fc.boolean() } as const) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('sweep'), person: fc.constantFrom(...people) } as const) },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('limit'), scope, limits } as const) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('bump'), person: fc.constantFrom(...people) } as const) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('stale'), who, call } as const) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('wait'), hours: fc.constantFrom(1, 13, 24, 24 * 20) } as const) },
);
export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Where it begins: some limits from the first call on. */
export const history = fc.record({
  first: fc.array(fc.record({ scope, limits }), { maxLength: 4 }),
  /** Estimates may be too low. */
  isLoose: fc.boolean(),
  steps: fc.array(step, { minLength: 5, maxLength: 30, size: 'max' }),
});
export type History = typeof history extends fc.Arbitrary<infer T> ? T : never;
