import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Recording, recordingsFolder } from '../../server/contract/recordings.ts';
import { isObject } from '../../server/dialects/json-object.ts';
import { anonymise, anonymiseHeaders, type Traces } from './anonymise.ts';
import type { Exchange } from './recorder.ts';

/** The requests of one run, fit to be published, the shortest first: requests overlap, and a conversation only grows. `client`: its npm package and version. */
export function toRecordings(exchanges: readonly Exchange[], client: string, traces: Traces): readonly Recording[] {
  const inOrder = exchanges.toSorted((left, right) => left.body.length - right.body.length);
  return inOrder.map(({ path: asked, headers, body }) => {
    const parsed: unknown = JSON.parse(body);
    if (!isObject(parsed) || typeof parsed['model'] !== 'string') throw new Error(`${asked}: a body without a model`);
    const { model, ...rest } = parsed;
    return {
      client,
      path: asked,
      headers: anonymiseHeaders(headers),
      body: { model, ...anonymise(rest, traces) },
    };
  });
}

/**
 * Puts the runs of one client in place of its recordings. A run that differs from one before it in nothing but the model
 * tells nothing new and is left out.
 */
export function writeRecordings(client: string, runs: readonly (readonly Recording[])[]): void {
  const folder = path.join(recordingsFolder, client);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const told = runs.filter((run, at) => !runs.slice(0, at).some((before) => isSame(before, run)));
  for (const [at, recording] of told.flat().entries()) {
    writeFileSync(path.join(folder, `${at + 1}.json`), `${JSON.stringify(recording, undefined, 2)}\n`);
  }
  spawnSync('biome', ['format', '--write', folder], { stdio: 'ignore' });
}

function isSame(left: readonly Recording[], right: readonly Recording[]): boolean {
  const bodies = [left, right].map((run) => run.map(({ body: { model: _model, ...rest } }) => rest));
  return isDeepStrictEqual(bodies[0], bodies[1]);
}
