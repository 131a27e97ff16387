import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTemplate } from '../bin/template/read.ts';
import { at } from '../bin/template/tree.ts';
import packageFile from '../package.json' with { type: 'json' };

// What the pages point to is there: other pages and their headings, npm scripts, commands, parameters of the template.

const root = path.dirname(import.meta.dirname);
const pages = globSync(['*.md', 'doc/**/*.md'], { cwd: root }).map((name) => {
  return { name, text: readFileSync(path.join(root, name), 'utf8') };
});

/** What GitHub makes of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

function anchorsIn(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));
}

describe.each(pages)('$name', ({ name, text }) => {
  const prose = text.replace(/```[\s\S]*?```/g, '');

  it('links to files and headings that there are', () => {
    const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
    const broken = links.filter((link) => {
      if (/^[a-z]+:/.test(link)) return false;
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? path.join(root, name) : path.join(root, path.dirname(name), file);
      if (!existsSync(target)) return true;
      return anchor !== undefined && !anchorsIn(readFileSync(target, 'utf8')).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('names npm scripts that there are', () => {
    const scripts = [...text.matchAll(/npm run ([a-z][\w:]*)/g)].map(([, script = '']) => script);
    expect(scripts.filter((script) => !Object.hasOwn(packageFile.scripts, script))).toEqual([]);
  });
});

describe('doc/deploy.md', () => {
  const text = pages.find(({ name }) => name === path.join('doc', 'deploy.md'))?.text ?? '';

  it('gives parameters that the template has', () => {
    const template = readTemplate(readFileSync(path.join(root, 'template.yaml'), 'utf8'));
    const given = [...text.matchAll(/\b([A-Z][A-Za-z0-9]+)=["'a-z]/g)].map(([, name = '']) => name);
    expect(given).toContain('AdminEmail');
    expect(given.filter((name) => at(template, 'Parameters', name) === undefined)).toEqual([]);
  });

  it('runs commands that cli.md has', () => {
    const run = [...text.matchAll(/^npx \. ([a-z]+(?: [a-z]+)?)/gm)].map(([, words = '']) => words);
    const known = anchorsIn(readFileSync(path.join(root, 'doc', 'cli.md'), 'utf8'));
    expect(run.length).toBeGreaterThan(3);
    const isKnown = (words: string) => known.includes(anchorOf(`pennyworth ${words}`));
    expect(run.filter((words) => !isKnown(words))).toEqual([]);
  });
});
