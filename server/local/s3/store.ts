import { hash, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as z from 'zod/mini';
import { checksumOf } from './body.ts';

const StoredObject = z.object({
  key: z.string(),
  /** Name of the file with the content. */
  file: z.string(),
  size: z.number(),
  etag: z.string(),
  crc32: z.string(),
  /** ms since the epoch */
  modifiedAt: z.number(),
  /** What comes back with the object: content-type and the like, x-amz-meta-…. */
  headers: z.record(z.string(), z.string()),
});
export type StoredObject = z.infer<typeof StoredObject>;

/** A bucket is a folder; an object is a file with its content and a small one that describes it, renamed into place. */
export class ObjectStore {
  readonly #folder: string;
  readonly #temporary: boolean;
  readonly #buckets = new Map<string, Map<string, StoredObject>>();

  /** @param dataDir without it the objects last as long as the store */
  constructor(dataDir: string | undefined) {
    this.#temporary = dataDir === undefined;
    this.#folder = dataDir === undefined ? mkdtempSync(path.join(tmpdir(), 's3-')) : path.join(dataDir, 's3');
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    for (const bucket of readdirSync(this.#folder)) this.#buckets.set(bucket, this.#load(bucket));
  }

  close(): void {
    if (this.#temporary) rmSync(this.#folder, { recursive: true, force: true });
  }

  bucketNames(): readonly string[] {
    return [...this.#buckets.keys()].sort();
  }

  makeBucket(bucket: string): void {
    mkdirSync(path.join(this.#folder, bucket), { recursive: true, mode: 0o700 });
    this.#buckets.set(bucket, new Map());
  }

  /** Key → object; undefined when there is no such bucket. */
  findBucket(bucket: string): ReadonlyMap<string, StoredObject> | undefined {
    return this.#buckets.get(bucket);
  }

  read(bucket: string, object: StoredObject): Buffer {
    return readFileSync(path.join(this.#folder, bucket, object.file));
  }

  put(bucket: string, key: string, content: Buffer, headers: Readonly<Record<string, string>>, now: number) {
    const objects = this.#buckets.get(bucket);
    const folder = path.join(this.#folder, bucket);
    const object: StoredObject = {
      key,
      file: `${randomUUID()}.content`,
      size: content.length,
      etag: `"${hash('md5', content)}"`,
      crc32: checksumOf(content),
      modifiedAt: now,
      headers,
    };
    writeFileSync(path.join(folder, object.file), content, { mode: 0o600 });
    const description = path.join(folder, descriptionName(key));
    writeFileSync(`${description}.new`, JSON.stringify(object), { mode: 0o600 });
    renameSync(`${description}.new`, description);
    const old = objects?.get(key);
    if (old !== undefined) rmSync(path.join(folder, old.file), { force: true });
    objects?.set(key, object);
    return object;
  }

  delete(bucket: string, key: string): void {
    const objects = this.#buckets.get(bucket);
    const object = objects?.get(key);
    if (object === undefined) return;
    rmSync(path.join(this.#folder, bucket, descriptionName(key)), { force: true });
    rmSync(path.join(this.#folder, bucket, object.file), { force: true });
    objects?.delete(key);
  }

  #load(bucket: string): Map<string, StoredObject> {
    const folder = path.join(this.#folder, bucket);
    const objects = readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => z.parse(StoredObject, JSON.parse(readFileSync(path.join(folder, name), 'utf8'))));
    return new Map(objects.map((object) => [object.key, object]));
  }
}

/** A key may be longer than a file name can be, and differ from another in nothing but case. */
function descriptionName(key: string): string {
  return `${hash('sha256', key)}.json`;
}
