import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Emulator } from '../emulator.ts';
import { startS3 } from '../services-for-tests.ts';

const Bucket = 'bucket';
let dataDir: string;
let emulator: Emulator;
let client: S3Client;

function connect(url: string, accessKeyId = 'local', secretAccessKey = 'local') {
  const credentials = { accessKeyId, secretAccessKey };
  return new S3Client({ endpoint: url, region: 'us-west-2', credentials, forcePathStyle: true, maxAttempts: 1 });
}

beforeAll(async () => {
  dataDir = mkdtempSync(path.join(tmpdir(), 's3-test-'));
  emulator = await startS3({ dataDir });
  client = connect(emulator.url);
  await client.send(new CreateBucketCommand({ Bucket }));
});
afterAll(async () => {
  client.destroy();
  await emulator.close();
  rmSync(dataDir, { recursive: true });
});

const read = async (Key: string, Range?: string) => {
  const { Body, ...rest } = await client.send(new GetObjectCommand({ Bucket, Key, Range }));
  return { ...rest, text: await Body?.transformToString() };
};

describe('buckets', () => {
  test('are made once and found', async () => {
    await expect(client.send(new CreateBucketCommand({ Bucket }))).rejects.toMatchObject({
      name: 'BucketAlreadyOwnedByYou',
    });
    await client.send(new HeadBucketCommand({ Bucket }));
    await expect(client.send(new HeadBucketCommand({ Bucket: 'none' }))).rejects.toMatchObject({ name: 'NotFound' });
    const { Buckets } = await client.send(new ListBucketsCommand({}));
    expect(Buckets?.map(({ Name }) => Name)).toEqual([Bucket]);
  });
});

describe('objects', () => {
  test.for(['plain.txt', 'ü & <b> "q" \'s\' (1)+~!*.txt', 'a//b/../c', '100%25', `${'x'.repeat(300)}/y`])(
    'come back as they were put: %s',
    async (Key, { expect }) => {
      const put = { Bucket, Key, Body: `content of ${Key}`, ContentType: 'text/x-test', Metadata: { who: 'me' } };
      await client.send(new PutObjectCommand(put));
      expect(await read(Key)).toMatchObject({
        text: `content of ${Key}`,
        ContentType: 'text/x-test',
        Metadata: { who: 'me' },
      });
      const { Contents } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: Key }));
      expect(Contents?.map((object) => object.Key)).toEqual([Key]);
      await client.send(new DeleteObjectCommand({ Bucket, Key }));
      await expect(read(Key)).rejects.toMatchObject({ name: 'NoSuchKey' });
    },
  );

  test('sent as a stream in chunks with a checksum behind them are stored without the framing', async () => {
    const content = Buffer.alloc(300_000, 'abc\r\n0\r\n');
    const pieces = [content.subarray(0, 70_000), content.subarray(70_000)];
    const Body = Readable.from(pieces, { objectMode: false });
    await client.send(new PutObjectCommand({ Bucket, Key: 'stream', Body, ContentLength: content.length }));
    expect((await read('stream')).text).toBe(content.toString());
  });

  test('are read in part', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'range', Body: '0123456789' }));
    const texts = await Promise.all(
      ['bytes=2-4', 'bytes=7-', 'bytes=-2', 'bytes=8-99'].map(async (range) => (await read('range', range)).text),
    );
    expect(texts).toEqual(['234', '789', '89', '89']);
    expect(await read('range', 'bytes=2-4')).toMatchObject({ ContentRange: 'bytes 2-4/10', ContentLength: 3 });
    await expect(read('range', 'bytes=10-')).rejects.toMatchObject({ name: 'InvalidRange' });
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'range' }));
    expect(head.ContentLength).toBe(10);
  });

  test('are not overwritten where they must not exist', async () => {
    const put = (Body: string) => client.send(new PutObjectCommand({ Bucket, Key: 'once', Body, IfNoneMatch: '*' }));
    await put('first');
    await expect(put('second')).rejects.toMatchObject({ name: 'PreconditionFailed' });
    expect((await read('once')).text).toBe('first');
  });

  test('are listed in pages and by folder, and deleted together', async () => {
    const keys = ['list/a', 'list/b/1', 'list/b/2', 'list/c'];
    for (const Key of keys) await client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
    const folder = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'list/', Delimiter: '/' }));
    expect([folder.Contents?.map(({ Key }) => Key), folder.CommonPrefixes]).toEqual([
      ['list/a', 'list/c'],
      [{ Prefix: 'list/b/' }],
    ]);
    const seen: unknown[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await client.send(
        new ListObjectsV2Command({ Bucket, Prefix: 'list/', MaxKeys: 3, ContinuationToken }),
      );
      for (const { Key } of page.Contents ?? []) seen.push(Key);
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    expect(seen).toEqual(keys);
    const Delete = { Objects: keys.map((Key) => ({ Key })) };
    const { Deleted } = await client.send(new DeleteObjectsCommand({ Bucket, Delete }));
    expect(Deleted?.map(({ Key }) => Key)).toEqual(keys);
    expect((await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'list/' }))).KeyCount).toBe(0);
  });

  test('survive a restart', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'kept', Body: 'content' }));
    const second = await startS3({ dataDir });
    const other = connect(second.url);
    const { Body } = await other.send(new GetObjectCommand({ Bucket, Key: 'kept' }));
    expect(await Body?.transformToString()).toBe('content');
    other.destroy();
    await second.close();
  });
});

describe('who may call', () => {
  test.for([
    ['an unknown key', 'x', 'local', 'InvalidAccessKeyId'],
    ['another secret', 'local', 'x', 'SignatureDoesNotMatch'],
  ] as const)('%s is refused', async ([, id, secret, name], { expect }) => {
    const stranger = connect(emulator.url, id, secret);
    await expect(stranger.send(new ListBucketsCommand({}))).rejects.toMatchObject({
      name,
      $metadata: { httpStatusCode: 403 },
    });
    stranger.destroy();
  });

  test('a request without a signature is refused', async () => {
    const response = await fetch(`${emulator.url}/${Bucket}/kept`);
    expect([response.status, await response.text()]).toEqual([
      403,
      '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>',
    ]);
  });
});

interface Presigner {
  presign(
    request: object,
    options: object,
  ): Promise<{ readonly path: string; readonly query: Record<string, string>; readonly headers: object }>;
}
function isPresigner(signer: object): signer is Presigner {
  return 'presign' in signer;
}

describe('presigned URLs', () => {
  /** Made by the genuine signer of the SDK. */
  async function presign(
    method: string,
    key: string,
    headers: Record<string, string> = {},
    signing: { readonly signingDate?: Date; readonly query?: Record<string, string> } = {},
  ): Promise<string> {
    const signer = await client.config.signer();
    if (!isPresigner(signer)) throw new Error('the signer of this SDK does not presign');
    const { host, hostname, port } = new URL(emulator.url);
    const request = {
      protocol: 'http:',
      hostname,
      port: Number(port),
      method,
      path: `/${Bucket}/${key}`,
      query: signing.query ?? {},
      headers: { ...headers, host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
    };
    const signed = await signer.presign(request, {
      expiresIn: 60,
      signableHeaders: new Set(Object.keys(headers)),
      signingDate: signing.signingDate ?? new Date(),
    });
    return `${emulator.url}${signed.path}?${new URLSearchParams(signed.query)}`;
  }
  const codeOf = async (response: Response) =>
    response.ok ? response.status : /<Code>(\w+)<\/Code>/.exec(await response.text())?.[1];

  test('let one put and get', async () => {
    const put = await fetch(await presign('PUT', 'signed'), { method: 'PUT', body: 'by URL' });
    const got = await fetch(await presign('GET', 'signed'));
    expect([put.status, await got.text()]).toEqual([200, 'by URL']);
  });

  test('hold for a time, a method and a key only', async () => {
    const url = await presign('GET', 'signed');
    const old = await presign('GET', 'signed', {}, { signingDate: new Date(Date.now() - 61_000) });
    expect(await codeOf(await fetch(old))).toBe('AccessDenied');
    expect(await codeOf(await fetch(url, { method: 'DELETE' }))).toBe('SignatureDoesNotMatch');
    expect(await codeOf(await fetch(url.replace('/signed?', '/kept?')))).toBe('SignatureDoesNotMatch');
    expect(await codeOf(await fetch(url.replace('Expires=60', 'Expires=600')))).toBe('SignatureDoesNotMatch');
    expect(await codeOf(await fetch(url.replace('Expires=60', 'Expires=604801')))).toBe(
      'AuthorizationQueryParametersError',
    );
    expect(await codeOf(await fetch(url, { headers: { 'x-amz-acl': 'public-read' } }))).toBe('AccessDenied');
    expect(await codeOf(await fetch(url))).toBe(200);
  });

  test('fix the length and type of an upload that they sign', async () => {
    const url = await presign('PUT', 'fixed', { 'content-length': '3', 'content-type': 'text/plain' });
    const put = async (body: string, type: string) =>
      codeOf(await fetch(url, { method: 'PUT', body, headers: { 'content-type': type } }));
    expect(await put('abcd', 'text/plain')).toBe('SignatureDoesNotMatch');
    expect(await put('abc', 'text/html')).toBe('SignatureDoesNotMatch');
    expect(await put('abc', 'text/plain')).toBe(200);
  });

  test('with the checksum of another body refuse the upload', async () => {
    const url = await presign('PUT', 'checked', {}, { query: { 'x-amz-checksum-crc32': 'AAAAAA==' } });
    expect(await codeOf(await fetch(url, { method: 'PUT', body: 'not empty' }))).toBe('BadDigest');
    expect(await codeOf(await fetch(url, { method: 'PUT', body: '' }))).toBe(200);
  });
});
