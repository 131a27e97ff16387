import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { inject, test } from 'vitest';

// The snippets of doc/clients that can run here, taken from the pages and run as they stand. `<!-- run: text -->` before
// a block says what its output shows.

const root = path.dirname(path.dirname(import.meta.dirname));
const folder = path.join(root, 'doc', 'clients');
const { url, api_key: apiKey } = inject('dev');

const blocks = readdirSync(folder)
  .filter((name) => name.endsWith('.md'))
  .flatMap((page) => {
    const text = readFileSync(path.join(folder, page), 'utf8');
    return [...text.matchAll(/<!-- run: (.+) -->\n```(js|sh)\n([\s\S]*?)```/g)].map(
      ([, shown = '', language = '', code = '']) => ({ page, shown, language, code }),
    );
  });

/** The program that reads a snippet from its input; packages are those of the clone. */
const programs: Readonly<Record<string, readonly [command: string, ...args: string[]]>> = {
  js: [process.execPath, '--input-type=module', '-'],
  sh: ['bash', '-euo', 'pipefail', '-s'],
};

test('there are some of each', ({ expect }) => {
  const counts = Object.groupBy(blocks, ({ page }) => page);
  expect(Object.entries(counts).map(([page, all]) => [page, all?.length])).toEqual([
    ['anthropic-sdk.md', 1],
    ['curl.md', 3],
    ['mcp.md', 2],
    ['openai-sdk.md', 2],
  ]);
});

test.for(blocks)('$page: a snippet shows “$shown”', ({ language, code, shown }, { expect }) => {
  const [command = '', ...args] = programs[language] ?? [];
  const outcome = spawnSync(command, args, {
    cwd: root,
    input: code.replaceAll('https://gateway.example.com', url),
    encoding: 'utf8',
    env: { ...process.env, PENNYWORTH_API_KEY: apiKey },
  });
  expect(outcome, `${code}\n${outcome.stderr}`).toMatchObject({ status: 0 });
  expect(outcome.stdout).toContain(shown);
});
