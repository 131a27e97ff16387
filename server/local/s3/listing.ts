import type { StoredObject } from './store.ts';
import { document, element } from './xml.ts';

const maximumKeys = 1000;

/** The answer of ListObjectsV2: one page of keys in the order of their UTF-8 bytes, those below a delimiter as one. */
export function listObjects(bucket: string, objects: Iterable<StoredObject>, query: URLSearchParams): string {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const token = query.get('continuation-token');
  const after = token === null ? (query.get('start-after') ?? '') : Buffer.from(token, 'base64url').toString();
  const limit = Math.min(Number(query.get('max-keys') ?? maximumKeys), maximumKeys);
  const isUrlEncoded = query.get('encoding-type') === 'url';
  const shown = (text: string) => (isUrlEncoded ? encodeURIComponent(text).replaceAll('%2F', '/') : text);

  const entries = new Map<string, StoredObject | undefined>();
  const sorted = [...objects].sort((left, right) => compareBytes(left.key, right.key));
  for (const object of sorted) {
    if (!object.key.startsWith(prefix)) continue;
    const end = delimiter === '' ? -1 : object.key.indexOf(delimiter, prefix.length);
    const name = end < 0 ? object.key : object.key.slice(0, end + delimiter.length);
    if (compareBytes(name, after) > 0) entries.set(name, end < 0 ? object : undefined);
  }
  const page = [...entries].slice(0, limit);
  const isTruncated = page.length < entries.size;
  const last = page.at(-1)?.[0];
  const rows = page.map(([name, object]) =>
    object === undefined
      ? element('CommonPrefixes', [element('Prefix', shown(name))])
      : element('Contents', [
          element('Key', shown(name)),
          element('LastModified', new Date(object.modifiedAt).toISOString()),
          element('ETag', object.etag),
          element('Size', object.size),
          element('StorageClass', 'STANDARD'),
        ]),
  );
  return document('ListBucketResult', [
    element('Name', bucket),
    element('Prefix', shown(prefix)),
    element('KeyCount', page.length),
    element('MaxKeys', limit),
    element('IsTruncated', isTruncated),
    ...(isUrlEncoded ? [element('EncodingType', 'url')] : []),
    ...(isTruncated && last !== undefined
      ? [element('NextContinuationToken', Buffer.from(last).toString('base64url'))]
      : []),
    ...rows,
  ]);
}

function compareBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
