import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createTickets } from './tickets.ts';

const clock = { ms: 1_000_000, now: () => clock.ms };
const key = randomBytes(32);
const issuer = 'https://api.example.com';
const tickets = createTickets(key, issuer, clock);
const asked = { redirectUri: 'http://127.0.0.1:1/', challenge: 'c', state: 's' };
const consent = { ...asked, browser: 'b' };
const state = { ...consent, verifier: 'v' };
const code = { ...asked, verifier: 'v', code: 'x' };

test('what was sealed opens as it was, for minutes', () => {
  const sealed = [tickets.consent.seal(consent), tickets.state.seal(state), tickets.code.seal(code)] as const;
  const open = () => [tickets.consent.open(sealed[0]), tickets.state.open(sealed[1]), tickets.code.open(sealed[2])];
  expect(open()).toEqual([consent, state, code]);
  clock.ms += 5 * 60_000 - 1;
  expect(open()).toEqual([consent, state, code]);
  clock.ms += 1;
  expect(open()).toEqual([consent, state, undefined]);
  clock.ms += 5 * 60_000;
  expect(open()).toEqual([undefined, undefined, undefined]);
});

test('one kind is not another, nor is it good at another address or under another root secret', () => {
  const sealed = tickets.state.seal(state);
  expect(tickets.consent.open(sealed)).toBeUndefined();
  expect(tickets.code.open(sealed)).toBeUndefined();
  expect(createTickets(key, `${issuer}/prod`, clock).state.open(sealed)).toBeUndefined();
  expect(createTickets(randomBytes(32), issuer, clock).state.open(sealed)).toBeUndefined();
  expect(createTickets(key, issuer, clock).state.open(sealed)).toEqual(state);
});

test('any change closes it, and nothing that is no ticket opens', () => {
  const sealed = Buffer.from(tickets.code.seal(code), 'base64url');
  for (let index = 0; index < sealed.length; index++) {
    const changed = Buffer.from(sealed);
    changed[index] = (changed[index] ?? 0) ^ 1;
    expect(tickets.code.open(changed.toString('base64url'))).toBeUndefined();
  }
  for (const text of ['', 'x', '€', 'A'.repeat(10_000)]) expect(tickets.code.open(text)).toBeUndefined();
});
