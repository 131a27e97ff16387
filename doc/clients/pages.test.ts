import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse as parseToml } from 'smol-toml';
import { test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import catalogue from '../../server/catalogue/models.json' with { type: 'json' };
import { routes } from '../../server/routes/routes.ts';

// What the pages name exists, and what they show can be read by the program it is for. That the snippets do what they
// say is tested in server/contract/client-pages.test.ts, where it can be.

const folder = import.meta.dirname;
const names = readdirSync(folder).filter((name) => name.endsWith('.md'));
const pages = names.map((name) => ({ name, text: readFileSync(path.join(folder, name), 'utf8') }));
const clients = pages.filter(({ name }) => name !== 'README.md');
const index = pages.find(({ name }) => name === 'README.md')?.text ?? '';

interface Block {
  readonly page: string;
  readonly language: string;
  readonly text: string;
}
const blocks: readonly Block[] = pages.flatMap(({ name, text }) =>
  [...text.matchAll(/```(\w+)\n([\s\S]*?)```/g)].map(([, language = '', block = '']) => {
    return { page: name, language, text: block };
  }),
);

test('every page stands in the table of the index, and nothing else does', ({ expect }) => {
  const rows = [...index.matchAll(/^\| \[[^\]]+\]\(([^)]+)\) \|/gm)].map(([, link]) => link);
  expect(rows.toSorted()).toEqual(clients.map(({ name }) => name).toSorted());
});

test.for(clients)('$name says what to set, what its limits are, and how that was tested', ({ text }, { expect }) => {
  expect(text).toMatch(/^# \S/);
  expect(text).toContain('https://gateway.example.com');
  expect(text).toContain('\n## Known limits\n');
  expect(text).toMatch(
    /run by a test|Run by a test|Run by hand on \d{4}-\d\d-\d\d|`npm run test:agents` runs|From documentation only/,
  );
});

const readers: Readonly<Record<string, (text: string) => unknown>> = {
  json: (text) => JSON.parse(text),
  toml: parseToml,
  yaml: (text) => parseYaml(text),
};
const configurations = blocks.filter(({ language }) => language in readers);
test.for(configurations)('the $language of $page can be read', ({ language, text }, { expect }) => {
  expect(readers[language]?.(text)).toBeTypeOf('object');
});

test('every snippet is in a language that is read or run', ({ expect }) => {
  const known = [...Object.keys(readers), 'js', 'python', 'sh'];
  expect([...new Set(blocks.map(({ language }) => language))].filter((language) => !known.includes(language))).toEqual(
    [],
  );
});

/** Where a snippet names a model, in the words of all clients. */
const modelPlaces = [
  /\bmodel(?:_name)?\s*["']?\s*[:=]\s*["']?(?:pennyworth\/)?([\w.:-]+)["',]?\s*(?:[,})\n]|$)/g,
  /(?:pennyworth|openai)(?:\/|\(')([\w.:-]+)/g,
  /\b(?:ANTHROPIC_MODEL|ANTHROPIC_DEFAULT_HAIKU_MODEL)["']?\s*[:=]\s*["']?([\w.:-]+)/g,
  // The makers' names; the packages and programs that have them too aside.
  /(?<![\w@/.-])((?:claude|nova|gpt|llama|qwen|mistral|deepseek)\d*-(?!code)[\w.-]*\w)/g,
];
const notModels = ['openai-compatible', 'anthropic', 'openai', 'pennyworth'];

test('every model that is named is in the catalogue, by its short name', ({ expect }) => {
  const named = pages.flatMap(({ text }) =>
    modelPlaces.flatMap((place) => [...text.matchAll(place)].map(([, model = '']) => model)),
  );
  const models = new Set(named.filter((name) => !notModels.includes(name)));
  const aliases = new Set(catalogue.models.map(({ alias }) => alias));
  expect([...models].filter((model) => !aliases.has(model))).toEqual([]);
  expect(models.size).toBeGreaterThan(2);
});

test('every path that is named is a route', ({ expect }) => {
  const named = pages.flatMap(({ text }) => [...text.matchAll(/\/v1((?:\/[a-z_]+)+)/g)].map(([whole]) => whole));
  const paths = routes.map((route) => route.path);
  expect([...new Set(named)].filter((each) => !paths.includes(each))).toEqual([]);
  expect(new Set(named).size).toBeGreaterThan(3);
});

/** Variables of the clients themselves, as their documentation names them; ours is what the command line reads too. */
const variables = [
  'PENNYWORTH_API_KEY',
  'OPENAI_API_BASE',
  'OPENAI_API_KEY',
  'OPENAI_BASE_URL',
  'ANTHROPIC_API_KEY',
  'ANTHROPIC_AUTH_TOKEN',
  'ANTHROPIC_BASE_URL',
  'ANTHROPIC_CUSTOM_HEADERS',
  'ANTHROPIC_DEFAULT_HAIKU_MODEL',
  'ANTHROPIC_MODEL',
  'CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC',
];

test('every variable that is named is one that a program reads', ({ expect }) => {
  const named = pages.flatMap(({ text }) =>
    [...text.matchAll(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g)].map(([name]) => name),
  );
  expect([...new Set(named)].toSorted()).toEqual(variables.toSorted());
});

test('every link leads somewhere', ({ expect }) => {
  const links = pages.flatMap(({ text }) => [...text.matchAll(/\]\(([^)#]+)\)/g)].map(([, link = '']) => link));
  const files = links.filter((link) => !link.startsWith('https://'));
  for (const link of files) expect(readFileSync(path.join(folder, link), 'utf8').length, link).toBeGreaterThan(100);
});
