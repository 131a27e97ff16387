import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Bytes of the files that a bundle's entry imports before it runs. */
export function eagerBytes(folder: string, file = 'index.mjs', seen = new Set<string>()): number {
  if (seen.has(file)) return 0;
  seen.add(file);
  const text = readFileSync(path.join(folder, file), 'utf8');
  const imports = [...text.matchAll(/(?:from|import)"\.\/([\w-]+\.mjs)"/g)];
  return imports.reduce((sum, [, name = '']) => sum + eagerBytes(folder, name, seen), Buffer.byteLength(text));
}
