import { readFile } from 'node:fs/promises';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';

/** The text of a file, or of stdin for `-`. @throws UsageError when it cannot be read */
export async function readInputFile({ io }: Context, file: string): Promise<string> {
  if (file === '-') {
    if (io.stdinIsTty)
      throw new UsageError('- means stdin, which is this terminal', { hint: 'name a file, or pipe one in' });
    return io.readInput();
  }
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new UsageError(`${file} cannot be read: ${reasonOf(cause)}`, { hint: 'check the path', cause });
  }
}

/** A fault of the file system in words that hold no more than its code. */
export function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
