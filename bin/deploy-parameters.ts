import { readFileSync } from 'node:fs';
import path from 'node:path';

// For deploy.yml: the parameters of the stack that STACK_PARAMETERS sets, a `Name=value` on each line, as arguments of
// `sam deploy --parameter-overrides`. No package is needed. A fault ends it with 1 and names the line, never its value.

const template = readFileSync(path.join(import.meta.dirname, '..', 'template.yaml'), 'utf8');
const [, section = ''] = /^Parameters:\n((?: .*\n|\n)+)/m.exec(template) ?? [];
const known = new Set([...section.matchAll(/^ {2}(\w+):$/gm)].map(([, name = '']) => name));

/** @throws Error for a line that is no parameter of the template, or that SAM would read as something else */
function argumentOf(line: string): string {
  const [, name = '', value = ''] = /^(\w+)=(.*)$/.exec(line) ?? [];
  if (name === '') throw new Error('a line must be Name=value');
  if (name === 'GitSha') throw new Error('GitSha is set by the workflow');
  if (!known.has(name)) throw new Error(`template.yaml has no parameter ${name}`);
  // SAM ends a value at a space unless it is in quotes, and does not undo every escape within them.
  if (/["\\\p{Cc}]/u.test(value)) {
    throw new Error(`${name}: quotes, backslashes and control characters do not go through; put a document into SSM`);
  }
  return `${name}="${value}"`;
}

const lines = (process.env['STACK_PARAMETERS'] ?? '').split(/\r?\n/).entries();
for (const [index, line] of lines) {
  if (line.trim() === '' || line.startsWith('#')) continue;
  try {
    process.stdout.write(`${argumentOf(line.trim())}\n`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`STACK_PARAMETERS, line ${index + 1}: ${reason}\n`);
    process.exitCode = 1;
  }
}
