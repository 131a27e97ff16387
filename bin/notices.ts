import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** The licence texts of every package whose code went into the bundles: their licences ask that they travel along. */
export async function thirdPartyNotices(root: string, inputs: readonly string[]): Promise<string> {
  const folders = new Set<string>();
  for (const input of inputs) {
    const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (match?.[1]) folders.add(match[1]);
  }
  const parts: string[] = [];
  for (const folder of [...folders].sort()) {
    const manifest = JSON.parse(await readFile(path.join(root, folder, 'package.json'), 'utf8'));
    const file = (await readdir(path.join(root, folder))).find((name) => /^licen[cs]e/i.test(name));
    const text = file ? await readFile(path.join(root, folder, file), 'utf8') : '';
    parts.push(`${manifest.name} ${manifest.version} (${manifest.license ?? 'see its sources'})\n\n${text.trim()}`);
  }
  return `${parts.join('\n\n----\n\n')}\n`;
}
