import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, test } from 'vitest';
import { AwsFault, type Emulator } from '../local/emulator.ts';
import { startS3 } from '../local/services-for-tests.ts';
import { startTable, type TestTable } from '../money/test-table.ts';
import { createLogger } from '../observe/logger.ts';
import { createObjects } from './objects.ts';
import { createSealedStore, type SealedStore, type StoredPlace } from './sealed-store.ts';

const bucket = 'pennyworth-files';
const day = 24 * 3600;
let table: TestTable;
let emulator: Emulator;
let s3: S3Client;
let store: SealedStore;
let now = Date.now();
let place: StoredPlace;
let places = 0;
const lines: string[] = [];

beforeAll(async () => {
  [table, emulator] = await Promise.all([startTable(), startS3()]);
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const config = { region: 'us-west-2', credentials, endpoint: emulator.url };
  s3 = new S3Client({ ...config, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  store = createSealedStore({
    dynamo: table.dynamo,
    table: table.table,
    objects: createObjects(bucket, config),
    rootSecret: table.rootSecret,
    clock: { now: () => now },
    logger: createLogger((line) => lines.push(line)),
  });
});
afterAll(async () => {
  s3.destroy();
  await Promise.all([table.close(), emulator.close()]);
});
beforeEach(() => {
  now = Date.now();
  place = { owner: 'ada', kind: 'response', id: `resp_${places++}` };
  lines.length = 0;
  table.setFault(undefined);
});

const planted = 'planted 🦋 9f2c';
const short = JSON.stringify({ text: planted });
const long = JSON.stringify({ text: planted.repeat(40_000) });
const sizes = [
  ['in the table', short],
  ['in the bucket', long],
] as const;

const keyOf = ({ owner, kind, id }: StoredPlace) => ({ pk: `S#${owner}`, sk: `${kind}#${id}` });
const itemOf = (at: StoredPlace) => table.dynamo.getItem(table.table, keyOf(at), { consistent: true });
const objectOf = ({ owner, kind, id }: StoredPlace) => ({ Bucket: bucket, Key: `stored/${owner}/${kind}/${id}` });
async function bytesOf(at: StoredPlace): Promise<Uint8Array> {
  const { Body } = await s3.send(new GetObjectCommand(objectOf(at)));
  return (await Body?.transformToByteArray()) ?? new Uint8Array();
}
const objectCount = async () => (await s3.send(new ListObjectsV2Command({ Bucket: bucket }))).KeyCount;

test.for(sizes)('%s: what was put comes back, until it is deleted', async ([, content], { expect }) => {
  const before = await objectCount();
  expect(await store.get(place)).toBeUndefined();
  await store.put(place, content, day);
  expect(await store.get(place)).toBe(content);
  expect(await store.delete(place)).toBe(true);
  expect(await store.get(place)).toBeUndefined();
  expect(await store.delete(place)).toBe(false);
  expect(await itemOf(place)).toBeUndefined();
  expect(await objectCount()).toBe(before);
});

test('up to 300 KB stay in the table, one byte more goes to the bucket', async ({ expect }) => {
  // Version, nonce and tag.
  const added = 1 + 12 + 16;
  await store.put(place, 'x'.repeat(300 * 1024 - added), day);
  expect(await itemOf(place)).toMatchObject({ v: 1, ttl: Math.floor(now / 1000) + day, c: expect.anything() });
  expect(await itemOf(place)).not.toHaveProperty('o');
  await store.put(place, 'x'.repeat(300 * 1024 - added + 1), day);
  expect(await itemOf(place)).toMatchObject({ v: 1, o: objectOf(place).Key });
  expect(await itemOf(place)).not.toHaveProperty('c');
});

test.for(sizes)(
  '%s: nothing of it can be read there, and it is never twice the same',
  async ([, content], { expect }) => {
    const raw = async () => {
      const item = await itemOf(place);
      return Buffer.from(item?.['c'] instanceof Uint8Array ? item['c'] : await bytesOf(place));
    };
    await store.put(place, content, day);
    const first = await raw();
    await store.put(place, content, day);
    const second = await raw();
    expect(first.equals(second)).toBe(false);
    for (const bytes of [first, second]) {
      for (const form of [planted, Buffer.from(planted).toString('base64').slice(0, 12), '9f2c']) {
        expect(bytes.includes(form)).toBe(false);
      }
    }
  },
);

test('another owner’s, kind’s or id’s content is not there, and does not open where it was copied to', async ({
  expect,
}) => {
  await store.put(place, short, day);
  const item = await itemOf(place);
  for (const other of [
    { ...place, owner: 'eve' },
    { ...place, id: `${place.id}x` },
  ]) {
    expect(await store.get(other)).toBeUndefined();
    expect(await store.delete(other)).toBe(false);
    await table.dynamo.putItem(table.table, { ...item, ...keyOf(other) });
    expect(await store.get(other)).toBeUndefined();
    expect(lines.at(-1)).toContain('stored_unreadable');
  }
  expect(await store.get(place)).toBe(short);
});

test('content that was changed does not open', async ({ expect }) => {
  await store.put(place, short, day);
  const item = await itemOf(place);
  const sealed = item?.['c'];
  if (!(sealed instanceof Uint8Array)) throw new Error('not in the table');
  for (let at = 0; at < sealed.length; at++) {
    const changed = sealed.map((byte, index) => (index === at ? byte ^ 1 : byte));
    await table.dynamo.putItem(table.table, { ...keyOf(place), v: 1, ttl: item?.['ttl'] ?? 0, c: changed });
    expect(await store.get(place), `byte ${at}`).toBeUndefined();
  }
  await table.dynamo.putItem(table.table, {
    ...keyOf(place),
    v: 1,
    ttl: item?.['ttl'] ?? 0,
    c: sealed.subarray(0, 20),
  });
  expect(await store.get(place)).toBeUndefined();
  const text = lines.join('');
  expect(text).not.toContain(planted);
});

test('an object that was changed, or is gone, is no content', async ({ expect }) => {
  await store.put(place, long, day);
  const bytes = await bytesOf(place);
  await s3.send(
    new PutObjectCommand({ ...objectOf(place), Body: bytes.map((byte, at) => (at === 99 ? byte ^ 1 : byte)) }),
  );
  expect(await store.get(place)).toBeUndefined();
  expect(lines.at(-1)).toContain('"missing":false');
  await s3.send(new DeleteObjectCommand(objectOf(place)));
  expect(await store.get(place)).toBeUndefined();
  expect(lines.at(-1)).toContain('"missing":true');
  // What is left of it can still be deleted.
  expect(await store.delete(place)).toBe(true);
});

test('what has expired is gone, though the table still has it', async ({ expect }) => {
  await store.put(place, short, day);
  now += day * 1000 - 1000;
  expect(await store.get(place)).toBe(short);
  now += 1000;
  expect(await store.get(place)).toBeUndefined();
  expect(await store.delete(place)).toBe(false);
  expect(await itemOf(place)).toBeDefined();
});

test('an unknown form is refused by name', async ({ expect }) => {
  await store.put(place, short, day);
  const item = await itemOf(place);
  await table.dynamo.putItem(table.table, { ...item, ...keyOf(place), v: 2 });
  for (const call of [() => store.get(place), () => store.delete(place)]) {
    await expect(call()).rejects.toMatchObject({
      status: 503,
      code: 'storage_unavailable',
      message: expect.stringContaining(`${place.id} is stored in form v2`),
    });
  }
});

test.for(sizes)('%s: a table that does not answer is told as such', async ([, content], { expect }) => {
  const refused = { status: 503, code: 'storage_unavailable' };
  await store.put(place, content, day);
  table.setFault(() => new AwsFault('ResourceNotFoundException', 'no such table'));
  await expect(store.get(place)).rejects.toMatchObject(refused);
  await expect(store.delete(place)).rejects.toMatchObject(refused);
  await expect(store.put(place, content, day)).rejects.toMatchObject(refused);
  expect(lines.join('')).not.toContain(planted);
});

test('what ends between object and item leaves nothing that can be found', async ({ expect }) => {
  table.setFault(() => new AwsFault('ResourceNotFoundException', 'no such table'));
  await expect(store.put(place, long, day)).rejects.toThrow();
  table.setFault(undefined);
  expect(Buffer.from(await bytesOf(place)).includes(planted)).toBe(false);
  expect(await store.get(place)).toBeUndefined();
  expect(await store.delete(place)).toBe(false);
});
