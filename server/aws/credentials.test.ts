import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type Credentials, createCredentials } from './credentials.ts';

const minuteMs = 60_000;

/** A provider that counts how often it was asked, at a clock that stands still until it is moved. */
function countingProvider(lifetimeMs: number) {
  const state = { now: Date.UTC(2026, 0), loads: 0, asked: 0, broken: false };
  const provider = async (): Promise<Credentials> => {
    state.asked += 1;
    if (state.broken) throw new Error('the provider is down');
    const expiration = new Date(state.now + lifetimeMs);
    return { accessKeyId: `key-${state.asked}`, secretAccessKey: 'secret', expiration };
  };
  const loadProvider = async () => {
    state.loads += 1;
    return provider;
  };
  const source = createCredentials({}, { clock: { now: () => state.now }, loadProvider });
  return { state, source };
}

test('those of the environment are there at once, without the SDK', () => {
  const loadProvider = () => Promise.reject(new Error('not to be loaded'));
  const environment = { AWS_ACCESS_KEY_ID: 'AKIA1', AWS_SECRET_ACCESS_KEY: 's', AWS_SESSION_TOKEN: 't' };
  expect(createCredentials(environment, { loadProvider })()).toEqual({
    accessKeyId: 'AKIA1',
    secretAccessKey: 's',
    sessionToken: 't',
  });
});

test('others are asked for once by all who wait, and again five minutes before they expire', async () => {
  const { state, source } = countingProvider(60 * minuteMs);
  const found = await Promise.all([source(), source(), source()]);
  expect(found.map(({ accessKeyId }) => accessKeyId)).toEqual(['key-1', 'key-1', 'key-1']);
  state.now += 55 * minuteMs - 1;
  expect(source()).toMatchObject({ accessKeyId: 'key-1' });
  state.now += 1;
  expect(await Promise.all([source(), source()])).toMatchObject([{ accessKeyId: 'key-2' }, { accessKeyId: 'key-2' }]);
  expect(state).toMatchObject({ loads: 1, asked: 2 });
});

test('a refresh that fails leaves the old ones until they expire, and is tried again', async () => {
  const { state, source } = countingProvider(60 * minuteMs);
  await source();
  state.broken = true;
  state.now += 56 * minuteMs;
  expect(await source()).toMatchObject({ accessKeyId: 'key-1' });
  state.now += 4 * minuteMs;
  await expect(source()).rejects.toThrow('the provider is down');
  state.broken = false;
  expect(await source()).toMatchObject({ accessKeyId: 'key-4' });
});

test('without any in the environment the SDK’s chain finds those of a profile', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pennyworth-credentials-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  onTestFinished(() => void vi.unstubAllEnvs());
  const file = join(folder, 'credentials');
  await writeFile(file, '[pennyworth]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = from-file\n');
  vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', file);
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'none'));
  vi.stubEnv('AWS_PROFILE', 'pennyworth');
  const source = createCredentials({});
  expect(await source()).toMatchObject({ accessKeyId: 'AKIAPROFILE', secretAccessKey: 'from-file' });
});
