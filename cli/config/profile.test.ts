import { test } from 'vitest';
import { ConfigError, UsageError } from '../errors.ts';
import { parseGatewayUrl } from './gateway-url.ts';
import { resolveProfile } from './profile.ts';

const known = {
  currentProfile: 'work',
  findProfile: (name: string) =>
    new Map([
      ['work', { url: 'https://work.example.com', model: 'nova-lite' }],
      ['home', { url: 'https://home.example.com' }],
    ]).get(name),
};
const nothing = { currentProfile: undefined, findProfile: () => undefined };

test.for([
  ['the file', undefined, {}, { name: 'work', url: 'https://work.example.com', model: 'nova-lite' }],
  [
    'the environment before the file',
    undefined,
    { PENNYWORTH_PROFILE: 'home' },
    { name: 'home', url: 'https://home.example.com', model: undefined },
  ],
  [
    'the flag before the environment',
    'work',
    { PENNYWORTH_PROFILE: 'home' },
    { name: 'work', url: 'https://work.example.com', model: 'nova-lite' },
  ],
  [
    'PENNYWORTH_URL before the profile’s address',
    'work',
    { PENNYWORTH_URL: 'http://127.0.0.1:8787/v1/' },
    { name: 'work', url: 'http://127.0.0.1:8787', model: 'nova-lite' },
  ],
  [
    'PENNYWORTH_URL for a profile that is not there',
    'new',
    { PENNYWORTH_URL: 'https://x.example.com' },
    { name: 'new', url: 'https://x.example.com', model: undefined },
  ],
  [
    'no empty variable',
    undefined,
    { PENNYWORTH_PROFILE: '', PENNYWORTH_URL: '' },
    { name: 'work', url: 'https://work.example.com', model: 'nova-lite' },
  ],
] as const)('a profile comes from %s', ([, flag, env, profile], { expect }) => {
  expect(resolveProfile(flag, env, known)).toEqual(profile);
});

test('without any gateway the next step is told', ({ expect }) => {
  expect(() => resolveProfile(undefined, {}, nothing)).toThrow(ConfigError);
  expect(() => resolveProfile('other', {}, known)).toThrow('there is no profile "other"');
  expect(() => resolveProfile('__proto__', {}, known)).toThrow(UsageError);
});

test.for([
  ['https://abc.example.com', 'https://abc.example.com'],
  [' https://abc.example.com/prod/v1/ ', 'https://abc.example.com/prod'],
  ['abc.example.com', 'https://abc.example.com'],
  ['127.0.0.1:8787', 'http://127.0.0.1:8787'],
  ['localhost:8787', 'http://localhost:8787'],
  ['http://[::1]:8787/', 'http://[::1]:8787'],
  ['https://127.0.0.1', 'https://127.0.0.1'],
] as const)('%s is the gateway %s', ([text, url], { expect }) => {
  expect(parseGatewayUrl(text)).toBe(url);
});

test.for([
  'http://abc.example.com',
  'http://127.0.0.1.example.com',
  'ftp://abc.example.com',
  'file:///etc/passwd',
  'https://user:pass@abc.example.com',
  'https://abc.example.com?x=1',
  'https://abc.example.com#x',
  'https://',
  '',
  'not a url',
])('%j cannot be a gateway', (text, { expect }) => {
  expect(() => parseGatewayUrl(text)).toThrow(ConfigError);
});

test.for(['https://ada:hunter2@abc.example.com', 'https://ada:hunter2@abc:99999'])(
  'the password in %s is not repeated',
  (text, { expect }) => {
    expect(() => parseGatewayUrl(text)).toThrow(/^(?!.*hunter2).*cannot be the address/);
  },
);
