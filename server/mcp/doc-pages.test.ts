import path from 'node:path';
import { expect, test } from 'vitest';
import { readDocPages } from './doc-pages.ts';

test('has the pages for developers and administrators, and those they lead to', () => {
  const pages = readDocPages();
  const names = pages.map(({ name }) => name);
  expect(names).toEqual([...new Set(names)]);
  const expected = [
    'developers.md',
    'admins.md',
    'cli.md',
    'configuration.md',
    'mcp.md',
    'clients/codex.md',
    'clients/mcp.md',
  ];
  expect(names).toEqual(expect.arrayContaining(expected));
  for (const name of names) expect(name).not.toMatch(/^decisions\/|^map\.md|^architecture\.md|^\.\./);
  for (const { title, text } of pages) {
    expect(title).toMatch(/^\S/);
    expect(text).toContain(`# ${title}`);
  }
});

test('follows the links of the two first pages whatever comes to stand there', () => {
  const names = readDocPages().map(({ name }) => name);
  for (const { name, text } of readDocPages().filter((page) => !page.name.includes('/'))) {
    if (name !== 'developers.md' && name !== 'admins.md') continue;
    for (const [, link = ''] of text.matchAll(/\]\(([a-z/-]+\.md)/g)) {
      if (!link.startsWith('decisions')) expect(names).toContain(path.posix.normalize(link));
    }
  }
});
