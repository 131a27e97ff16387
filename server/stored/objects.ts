import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';

/** Objects of one bucket, each written and read whole. Every method throws the SDK's error. */
export interface Objects {
  put(key: string, content: Uint8Array): Promise<void>;
  /** undefined: there is none. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Also where there is none. */
  delete(key: string): Promise<void>;
}

/** The most S3 may take for an object of some megabytes. */
const timeoutMs = 10_000;

/** What is too long for the table is rare, so the SDK's client is loaded with the first of it. */
export function createObjects(bucket: string, config: S3ClientConfig): Objects {
  let client: S3Client | undefined;
  const load = async () => {
    const sdk = await import('@aws-sdk/client-s3');
    // A bucket in the path works at every endpoint; one in the host name does not at an address like 127.0.0.1.
    client ??= new sdk.S3Client({ ...config, forcePathStyle: true });
    return { sdk, client, options: { abortSignal: AbortSignal.timeout(timeoutMs) } };
  };
  return {
    async put(key, content) {
      const { sdk, client, options } = await load();
      await client.send(new sdk.PutObjectCommand({ Bucket: bucket, Key: key, Body: content }), options);
    },
    async get(key) {
      const { sdk, client, options } = await load();
      try {
        const { Body } = await client.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key }), options);
        return await Body?.transformToByteArray();
      } catch (error) {
        if (error instanceof sdk.NoSuchKey) return undefined;
        throw error;
      }
    },
    async delete(key) {
      const { sdk, client, options } = await load();
      await client.send(new sdk.DeleteObjectCommand({ Bucket: bucket, Key: key }), options);
    },
  };
}
