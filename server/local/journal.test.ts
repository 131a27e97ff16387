import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openJournal } from './journal.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'journal-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A journal of strings that compacts to the distinct ones. */
function open(file: string) {
  const seen: string[] = [];
  const journal = openJournal<{ text: string }>(
    file,
    ({ text }) => seen.push(text),
    () => [...new Set(seen)].map((text) => ({ text })),
  );
  return { seen, journal };
}

test('what was appended is replayed, compacted, in a file for its owner only', () => {
  const file = path.join(folder, 'below', 'a.jsonl');
  const first = open(file);
  for (const text of ['a', 'ä\n"', 'a', '\u{1F600}']) first.journal.append({ text });
  const second = open(file);
  expect(second.seen).toEqual(['a', 'ä\n"', 'a', '\u{1F600}']);
  second.journal.append({ text: 'last' });
  second.journal.close();
  expect(open(file).seen).toEqual(['a', 'ä\n"', '\u{1F600}', 'last']);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  first.journal.close();
});

test('records longer than what is read at a time come back whole', () => {
  const file = path.join(folder, 'a.jsonl');
  const texts = ['x'.repeat(2_500_000), 'ü'.repeat(700_000), 'short', 'y'.repeat(1_048_576)];
  const { journal } = open(file);
  for (const text of texts) journal.append({ text });
  journal.close();
  expect(open(file).seen).toEqual(texts);
  expect(open(file).seen).toEqual(texts);
});

test('a last line cut short is left out, in the middle of a character too', () => {
  const file = path.join(folder, 'a.jsonl');
  const { journal } = open(file);
  journal.append({ text: 'whole' });
  journal.close();
  appendFileSync(file, Buffer.from('{"text":"ü').subarray(0, -1));
  const { seen, journal: reopened } = open(file);
  expect(seen).toEqual(['whole']);
  reopened.append({ text: 'next' });
  reopened.close();
  expect(open(file).seen).toEqual(['whole', 'next']);
});

test('a broken line before the last is named, and the file left as it is', () => {
  const file = path.join(folder, 'a.jsonl');
  const content = '{"text":"a"}\n{"te\n{"text":"b"}\n';
  writeFileSync(file, content);
  expect(() => open(file)).toThrow(`line 2 of ${file} cannot be read back`);
  expect(readFileSync(file, 'utf8')).toBe(content);
});

test('a closed journal takes no more', () => {
  const { journal } = open(path.join(folder, 'a.jsonl'));
  journal.close();
  journal.close();
  expect(() => journal.append({ text: 'late' })).toThrow('is closed');
});
