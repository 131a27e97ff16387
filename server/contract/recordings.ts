import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod/mini';

/** `recordings/<client>/<n>.json`: the nth request of a genuine client, as `npm run test:agents -- --record` writes it. */
export const recordingsFolder = path.join(import.meta.dirname, 'recordings');

export const Recording = z.object({
  /** npm package and version of the client. */
  client: z.string(),
  /** With its query. */
  path: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.looseObject({ model: z.string() }),
});
export type Recording = z.infer<typeof Recording>;

/** The recordings of a client, in the order in which it sent them. */
export function readRecordings(client: string): readonly Recording[] {
  const folder = path.join(recordingsFolder, client);
  const files = readdirSync(folder).toSorted((left, right) => Number.parseInt(left, 10) - Number.parseInt(right, 10));
  return files.map((file) => Recording.parse(JSON.parse(readFileSync(path.join(folder, file), 'utf8'))));
}
