import { createReadStream } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { apiKeyPattern, parseApiKey } from '../../shared/api-key.ts';
import { UsageError } from '../errors.ts';
import { reasonOf } from './input.ts';

/** Where a key stands; of its text only what lists of keys show. */
export interface FoundKey extends Readonly<Record<string, unknown>> {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly last4: string;
}

type OnUnreadable = (path: string, why: string) => void;

/**
 * Keys in files and folders, all the way down; `-` is stdin. Folders named `.git`, links and files with zero bytes near
 * their beginning (programs, pictures) are left out.
 * @throws UsageError for a path that is not there
 */
export async function* findKeys(
  paths: readonly string[],
  { stdin }: { readonly stdin: Readable },
  onUnreadable: OnUnreadable,
): AsyncGenerator<FoundKey> {
  for (const start of paths) {
    if (start !== '-' && !(await lstat(start).catch(() => undefined))) {
      throw new UsageError(`there is no ${start}`, { hint: 'check the path' });
    }
  }
  for (const start of paths) {
    if (start === '-') yield* findIn('(stdin)', stdin);
    else yield* walk(start, onUnreadable);
  }
}

async function* walk(file: string, onUnreadable: OnUnreadable): AsyncGenerator<FoundKey> {
  try {
    const stats = await lstat(file);
    if (stats.isFile()) yield* findIn(file, createReadStream(file));
    if (!stats.isDirectory()) return;
    const names: string[] = [];
    for await (const entry of await opendir(file)) names.push(entry.name);
    // The same on every machine.
    for (const name of names.toSorted()) {
      if (name !== '.git') yield* walk(path.join(file, name), onUnreadable);
    }
  } catch (error) {
    onUnreadable(file, reasonOf(error));
  }
}

const binaryProbe = 8_000;
/** Longer than a key and the letters beside it, which decide whether it is one. */
const overlap = 100;

/** Piece by piece, so that a file may be larger than memory; its bytes are taken one by one, as keys are ASCII. */
async function* findIn(file: string, stream: Readable): AsyncGenerator<FoundKey> {
  const pattern = new RegExp(apiKeyPattern, 'g');
  let text = '';
  /** What stands before it was looked at; one character of that is kept, which decides where a word begins. */
  let seen = 0;
  let line = 1;
  let isFirst = true;
  const keysUpTo = function* (end: number): Generator<FoundKey> {
    for (const match of text.matchAll(pattern)) {
      if (match.index < seen) continue;
      if (match.index >= end) return;
      const last4 = parseApiKey(match[0])?.last4 ?? match[0].slice(-10, -6);
      yield { path: file, line: line + countLines(text.slice(0, match.index)), last4 };
    }
  };
  for await (const piece of stream) {
    const bytes = Buffer.from(piece);
    if (isFirst && bytes.subarray(0, binaryProbe).includes(0)) return;
    isFirst = false;
    text += bytes.toString('latin1');
    // What begins in the tail may go on in the next piece, and is looked at then.
    const settled = Math.max(seen, text.length - overlap);
    yield* keysUpTo(settled);
    const kept = Math.max(0, settled - 1);
    line += countLines(text.slice(0, kept));
    seen = settled - kept;
    text = text.slice(kept);
  }
  yield* keysUpTo(text.length);
}

function countLines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
