// The bundles have the outcome of readDocPages in the place of this file (bin/doc-pages-plugin.ts): no Lambda carries the
// doc/ folder along.
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** A page of doc/. */
export interface DocPage {
  /** Its path below doc/, `/` between folders: `clients/codex.md`. */
  readonly name: string;
  readonly title: string;
  readonly text: string;
}

const folder = path.resolve(import.meta.dirname, '../../doc');
/** Where everybody who uses the gateway, or manages those who do, begins to read. */
const firstPages = ['developers.md', 'admins.md'];

/**
 * What is written for people with a key and for administrators: the two pages they begin with, the pages these lead to, and
 * those that an index among them lists. Why things were decided so is for who builds the gateway.
 */
export function readDocPages(): readonly DocPage[] {
  const pages = new Map<string, DocPage>();
  const waiting = [...firstPages];
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    if (pages.has(name)) continue;
    const text = readFileSync(path.join(folder, name), 'utf8');
    pages.set(name, { name, text, title: /^# (.+)$/m.exec(text)?.[1] ?? name });
    const leadsOn = firstPages.includes(name) || path.posix.basename(name) === 'README.md';
    if (leadsOn) waiting.push(...linksIn(name, text));
  }
  return [...pages.values()];
}

/** Other pages of doc/ that a page links to. */
function linksIn(name: string, text: string): readonly string[] {
  return [...text.matchAll(/\]\(([\w./-]+\.md)(?:#[\w-]*)?\)/g)]
    .map(([, link = '']) => path.posix.join(path.posix.dirname(name), link))
    .filter((link) => !link.startsWith('..') && !link.startsWith('decisions/'));
}
