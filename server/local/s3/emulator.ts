import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import {
  AwsFault,
  type Emulator,
  type EmulatorOptions,
  localCredentials,
  readBody,
  startEmulator,
} from '../emulator.ts';
import { authenticate } from './authentication.ts';
import { decodeChunks, type Fields, verifyChecksums } from './body.ts';
import { listObjects } from './listing.ts';
import { ObjectStore, type StoredObject } from './store.ts';
import { document, element, textsOf } from './xml.ts';

interface Call {
  readonly method: string;
  readonly bucket: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: Fields;
  readonly body: Buffer;
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

const keptHeaders = /^(?:content-(?:type|disposition|language)|cache-control|expires|x-amz-meta-.+)$/;

/** S3 with path-style addresses, over its REST and XML protocol. Objects are files below `s3/` of the data folder. */
export async function startS3(options: EmulatorOptions = {}): Promise<Emulator> {
  const now = options.now ?? Date.now;
  const credentials = options.credentials ?? localCredentials;
  const store = new ObjectStore(options.dataDir);
  const calls = new Map<string, number>();

  const listener: RequestListener = (request, response) => {
    readBody(request)
      .then((body) => {
        const call = parseCall(request, body);
        const [operation, handle] = operationOf(call);
        calls.set(operation, (calls.get(operation) ?? 0) + 1);
        const { method = '', url = '/', headers } = request;
        authenticate({ method, url, headers }, body, call.query, { credentials, now: now() });
        send(request, response, handle(store, call, now()));
      })
      .catch((error: unknown) => sendError(request, response, error));
  };

  return startEmulator(listener, { port: options.port, calls, close: () => store.close() });
}

type Handler = (store: ObjectStore, call: Call, now: number) => Answer;

const bucketOperations: Readonly<Record<string, readonly [string, Handler]>> = {
  PUT: ['CreateBucket', createBucket],
  HEAD: ['HeadBucket', headBucket],
  GET: ['ListObjectsV2', listBucket],
  POST: ['DeleteObjects', deleteObjects],
};
const objectOperations: Readonly<Record<string, readonly [string, Handler]>> = {
  PUT: ['PutObject', putObject],
  HEAD: ['HeadObject', getObject],
  GET: ['GetObject', getObject],
  DELETE: ['DeleteObject', deleteObject],
};

function operationOf({ method, bucket, key, query }: Call): readonly [string, Handler] {
  if (bucket === '') return ['ListBuckets', listBuckets];
  const found = key === '' ? bucketOperations[method] : objectOperations[method];
  if (found === undefined || query.has('uploads') || query.has('uploadId') || query.has('acl')) {
    throw new AwsFault(
      'NotImplemented',
      'A header or query you provided implies functionality that is not implemented.',
      501,
    );
  }
  return found;
}

function parseCall(request: IncomingMessage, body: Buffer): Call {
  const { method = 'GET', url = '/' } = request;
  const mark = url.indexOf('?');
  const path = (mark < 0 ? url : url.slice(0, mark)).slice(1);
  const slash = path.indexOf('/');
  const headers = Object.entries(request.headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as const],
  );
  return {
    method,
    bucket: decode(slash < 0 ? path : path.slice(0, slash)),
    key: slash < 0 ? '' : decode(path.slice(slash + 1)),
    query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)),
    headers: Object.fromEntries(headers),
    body,
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AwsFault('InvalidURI', "Couldn't parse the specified URI.");
  }
}

function listBuckets(store: ObjectStore): Answer {
  const buckets = store.bucketNames().map((name) => element('Bucket', [element('Name', name)]));
  return { status: 200, body: document('ListAllMyBucketsResult', [element('Buckets', buckets)]) };
}

function createBucket(store: ObjectStore, { bucket }: Call): Answer {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw new AwsFault('InvalidBucketName', 'The specified bucket is not valid.');
  }
  if (store.findBucket(bucket) !== undefined) {
    const message = 'Your previous request to create the named bucket succeeded and you already own it.';
    throw new AwsFault('BucketAlreadyOwnedByYou', message, 409);
  }
  store.makeBucket(bucket);
  return { status: 200, headers: { location: `/${bucket}` } };
}

function getBucket(store: ObjectStore, bucket: string): ReadonlyMap<string, StoredObject> {
  const objects = store.findBucket(bucket);
  if (objects === undefined) throw new AwsFault('NoSuchBucket', 'The specified bucket does not exist', 404);
  return objects;
}

function headBucket(store: ObjectStore, { bucket }: Call): Answer {
  getBucket(store, bucket);
  return { status: 200 };
}

function listBucket(store: ObjectStore, { bucket, query }: Call): Answer {
  return { status: 200, body: listObjects(bucket, getBucket(store, bucket).values(), query) };
}

/** The content as it is to be stored, its checksums verified: those of headers, trailers and a presigned URL alike. */
function contentOf({ headers, query, body }: Call): Buffer {
  const isChunked = headers['x-amz-content-sha256']?.startsWith('STREAMING-') ?? false;
  const { content, trailers } = isChunked ? decodeChunks(body) : { content: body, trailers: {} };
  const length = headers['x-amz-decoded-content-length'];
  if (length !== undefined && Number(length) !== content.length) {
    const message = 'You did not provide the number of bytes specified by the x-amz-decoded-content-length header';
    throw new AwsFault('IncompleteBody', message);
  }
  const inUrl = [...query].map(([name, value]) => [name.toLowerCase(), value] as const);
  verifyChecksums(content, { ...Object.fromEntries(inUrl), ...headers, ...trailers });
  return content;
}

function putObject(store: ObjectStore, call: Call, now: number): Answer {
  const { bucket, key, headers } = call;
  const objects = getBucket(store, bucket);
  if (headers['if-none-match'] === '*' && objects.has(key)) {
    throw new AwsFault('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412);
  }
  const kept = Object.entries(headers).filter(([name]) => keptHeaders.test(name));
  const object = store.put(bucket, key, contentOf(call), Object.fromEntries(kept), now);
  return { status: 200, headers: { etag: object.etag, 'x-amz-checksum-crc32': object.crc32 } };
}

function getObject(store: ObjectStore, { bucket, key, headers, query }: Call): Answer {
  const object = getBucket(store, bucket).get(key);
  if (object === undefined) throw new AwsFault('NoSuchKey', 'The specified key does not exist.', 404);
  const range = parseRange(headers['range'], object.size);
  const overrides = ['content-type', 'content-disposition'].flatMap((name) => {
    const value = query.get(`response-${name}`);
    return value === null ? [] : [[name, value] as const];
  });
  const wantsChecksum = headers['x-amz-checksum-mode'] === 'ENABLED' && range === undefined;
  return {
    status: range === undefined ? 200 : 206,
    headers: {
      'content-type': 'binary/octet-stream',
      ...object.headers,
      ...Object.fromEntries(overrides),
      etag: object.etag,
      'last-modified': new Date(object.modifiedAt).toUTCString(),
      'accept-ranges': 'bytes',
      ...(wantsChecksum ? { 'x-amz-checksum-crc32': object.crc32 } : {}),
      ...(range === undefined ? {} : { 'content-range': `bytes ${range.first}-${range.last}/${object.size}` }),
    },
    body: store.read(bucket, object).subarray(range?.first ?? 0, (range?.last ?? object.size - 1) + 1),
  };
}

function parseRange(header: string | undefined, size: number): { first: number; last: number } | undefined {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (from === undefined || to === undefined || from + to === '') return undefined;
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (first <= last) return { first, last };
  throw new AwsFault('InvalidRange', 'The requested range is not satisfiable', 416);
}

function deleteObject(store: ObjectStore, { bucket, key }: Call): Answer {
  getBucket(store, bucket);
  store.delete(bucket, key);
  return { status: 204 };
}

function deleteObjects(store: ObjectStore, call: Call): Answer {
  getBucket(store, call.bucket);
  const xml = contentOf(call).toString('utf8');
  const keys = textsOf(xml, 'Key');
  if (!call.query.has('delete') || keys.length === 0 || keys.length > 1000) {
    const message = 'The XML you provided was not well-formed or did not validate against our published schema';
    throw new AwsFault('MalformedXML', message);
  }
  for (const key of keys) store.delete(call.bucket, key);
  const isQuiet = textsOf(xml, 'Quiet')[0] === 'true';
  const deleted = isQuiet ? [] : keys.map((key) => element('Deleted', [element('Key', key)]));
  return { status: 200, body: document('DeleteResult', deleted) };
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const body = Buffer.from(answer.body ?? '');
  const isXml = typeof answer.body === 'string';
  response.writeHead(answer.status, {
    ...(isXml ? { 'content-type': 'application/xml' } : {}),
    ...answer.headers,
    ...(answer.status === 204 ? {} : { 'content-length': body.length }),
    'x-amz-request-id': randomUUID(),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function sendError(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (response.destroyed) return;
  const known = error instanceof AwsFault;
  const fault = known ? error : new AwsFault('InternalError', 'We encountered an internal error.', 500);
  const inner = element('Code', fault.type) + element('Message', fault.message);
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${inner}</Error>`;
  send(request, response, { status: fault.status, body });
}
