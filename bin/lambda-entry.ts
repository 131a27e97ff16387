import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build, type Plugin } from 'esbuild';

// A split bundle puts what its entry and its lazy parts share into files of their own: some forty, each of which a cold
// start finds, reads and links by itself. Here they become one with the entry, and the lazy parts take what they share
// from there. A fifth of the time to load (measured: 48 → 36 ms).

/** esbuild writes all imports at the head of a file: each with the names it takes, or none, and where from. */
const importPattern = /import(?:(?:\{(?<names>[^}]*)\}|[^"';]+)from)?"(?<from>[^"]+)";/y;

interface Import {
  readonly text: string;
  /** `a as b` … as written; undefined: it is taken for its effect, or not by names. */
  readonly names: string | undefined;
  readonly from: string;
}

function importsOf(text: string): Import[] {
  const found: Import[] = [];
  importPattern.lastIndex = 0;
  for (let match = importPattern.exec(text); match; match = importPattern.exec(text)) {
    found.push({ text: match[0], names: match.groups?.['names'], from: match.groups?.['from'] ?? '' });
  }
  return found;
}

/** Makes one file of `index.mjs` in `folder` and everything it imports before it runs. */
export async function mergeEntry(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.mjs'));
  const texts = new Map<string, string>();
  for (const name of names) texts.set(`./${name}`, await readFile(path.join(folder, name), 'utf8'));
  const eager = new Set<string>();
  const visit = (file: string): void => {
    if (eager.has(file)) return;
    eager.add(file);
    for (const { from } of importsOf(texts.get(file) ?? '')) if (texts.has(from)) visit(from);
  };
  visit('./index.mjs');

  const shared = new Map<string, string>();
  /** The name under which the entry exports what one of its files exports. */
  const sharedName = (file: string, name: string): string => {
    const exported = `${path.basename(file, '.mjs').replaceAll('-', '_')}_${name}`;
    shared.set(exported, `export {${name} as ${exported}} from '${file}';`);
    return exported;
  };
  for (const [file, text] of texts) {
    if (eager.has(file)) continue;
    let rewritten = text;
    for (const { text: statement, names: taken, from } of importsOf(text)) {
      if (!eager.has(from)) continue;
      const renamed = (taken ?? '').split(',').flatMap((each) => {
        const [name = '', local = name] = each.split(' as ');
        return name === '' ? [] : [`${sharedName(from, name)} as ${local}`];
      });
      const replacement = renamed.length === 0 ? '' : `import{${renamed.join(',')}}from"./index.mjs";`;
      rewritten = rewritten.replace(statement, () => replacement);
    }
    await writeFile(path.join(folder, file), rewritten);
  }

  await build({
    stdin: { contents: [`export {handler} from './index.mjs';`, ...shared.values()].join('\n'), resolveDir: folder },
    outfile: path.join(folder, 'index.mjs'),
    allowOverwrite: true,
    bundle: true,
    minify: true,
    charset: 'utf8',
    format: 'esm',
    platform: 'node',
    target: 'node22',
    plugins: [lazyStaysLazy],
  });
  for (const file of eager) if (file !== './index.mjs') await rm(path.join(folder, file));
}

const lazyStaysLazy: Plugin = {
  name: 'lazy-stays-lazy',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\// }, ({ kind, path: file }) => {
      return kind === 'dynamic-import' ? { path: file, external: true } : undefined;
    });
  },
};
