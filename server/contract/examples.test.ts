import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { inject, test } from 'vitest';

// Every file of examples/ runs as its README says, against the stack of the contract tests.

const root = path.dirname(path.dirname(import.meta.dirname));
const folder = path.join(root, 'examples');
const { url, api_key: apiKey, model } = inject('dev');
const simulated = /This is a simulated answer from/g;

/** By file: what its output shows, in this order. */
const shown: Readonly<Record<string, readonly RegExp[]>> = {
  'chat.mjs': [simulated, /\d+ tokens, \d+\.\d{9} USD/, /Left out: null/],
  'stream.mjs': [simulated, /\d+ tokens written/, /cost_usd: '\d+\.\d{9}'/],
  'tools.mjs': [/The model calls get_weather with \{"city":"Bern"\}/, /get_weather answered “12 degrees, light rain”/],
  'responses.mjs': [simulated, /reasoning \+ message/, /> And in the evening\?/, simulated, /reasoning \+ message/],
  'messages.mjs': [simulated, /Ended by end_turn; \d+ tokens written/],
  'thinking.mjs': [/\(thought: .{5,}\)/, simulated, /1 blocks of reasoning/, /> And below 40\?/, /\(thought: .{5,}\)/],
};

test('there are six, all in the README, none longer than a page', ({ expect }) => {
  const files = readdirSync(folder).filter((name) => name !== 'README.md');
  expect(files.toSorted()).toEqual(Object.keys(shown).toSorted());
  const readme = readFileSync(path.join(folder, 'README.md'), 'utf8');
  for (const name of files) {
    expect(readme).toContain(`| [${name}](${name}) |`);
    expect(readFileSync(path.join(folder, name), 'utf8').trimEnd().split('\n').length, name).toBeLessThanOrEqual(40);
  }
});

test.for(Object.entries(shown))('%s runs', ([name, patterns], { expect }) => {
  const env = { ...process.env, PENNYWORTH_URL: url, PENNYWORTH_API_KEY: apiKey, PENNYWORTH_MODEL: model };
  const outcome = spawnSync(process.execPath, [path.join('examples', name)], { cwd: root, encoding: 'utf8', env });
  expect(outcome, outcome.stderr).toMatchObject({ status: 0 });
  let rest = outcome.stdout;
  for (const pattern of patterns) {
    const at = rest.search(pattern);
    expect(at, `${pattern} in ${rest}`).toBeGreaterThanOrEqual(0);
    rest = rest.slice(at + 1);
  }
});
