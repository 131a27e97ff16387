import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { readTemplate } from '../bin/template/read.ts';
import { at } from '../bin/template/tree.ts';
import { Config, parseConfig } from '../server/config.ts';

// Nothing that can be set is missing in configuration.md, and nothing stands there that cannot be set.

const root = path.dirname(import.meta.dirname);
const read = (name: string) => readFileSync(path.join(root, name), 'utf8');
const page = read('doc/configuration.md');

function section(title: string): string {
  const [, rest = ''] = page.split(`\n## ${title}\n`);
  return rest.split('\n## ')[0] ?? '';
}

/** Names in the first column of a section's table. */
function named(title: string): readonly string[] {
  const cells = section(title).matchAll(/^\| (`[^|]+) \|/gm);
  return [...cells].flatMap(([, cell = '']) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)).sort();
}

/** Every name of ours or AWS's that is read somewhere in a folder; one that ends with _ is the beginning of many. */
function namesIn(folder: string): readonly string[] {
  const isTest = /\.test\.ts$|[/\\](contract|e2e)[/\\]|[/\\]test-|for-tests\.ts$/;
  const files = globSync(`${folder}/**/*.ts`, { cwd: root }).filter((file) => !isTest.test(file));
  const found = files.flatMap((file) => [...read(file).matchAll(/\b(PENNYWORTH|POWERTOOLS|AWS)_[A-Z][A-Z0-9_]*/g)]);
  return [...new Set(found.map(([name]) => name))];
}

describe('configuration.md', () => {
  it('has the variables of the server', () => {
    const variables = at(readTemplate(read('template.yaml')), 'Resources', 'Function', 'Properties', 'Environment');
    const fromTemplate = Object.keys(z.record(z.string(), z.unknown()).parse(at(variables, 'Variables')));
    const inCode = [...namesIn('server'), ...namesIn('shared')]
      .map((name) => name.replace(/^AWS_ENDPOINT_URL_.*$/, 'AWS_ENDPOINT_URL_<SERVICE>'))
      // What bin/launch.js tells itself; and one that is read by AWS's SDK alone.
      .filter((name) => !['PENNYWORTH_LAUNCHED', 'AWS_PROFILE'].includes(name));
    expect(named('Variables of the server')).toEqual([...new Set([...inCode, ...fromTemplate])].sort());
  });

  it('has the variables of the command line', () => {
    expect(named('Variables of the command line')).toEqual([...namesIn('cli')].sort());
  });

  it.each(['template.yaml', 'doc/deploy/github-deploy-role.yaml'])(
    'has the parameters of %s, as they stand there',
    (name) => {
      const Parameters = z.record(z.string(), z.object({ Default: z.optional(z.unknown()), Description: z.string() }));
      const parameters = Parameters.parse(at(readTemplate(read(name)), 'Parameters'));
      const rows = Object.entries(parameters).map(([parameter, { Default, Description }]) => {
        const standard = Default === undefined ? 'must be given' : Default === '' ? 'empty' : `\`${String(Default)}\``;
        return `| \`${parameter}\` | ${standard} | ${Description.replace(/[<>]/g, '\\$&')} |`;
      });
      const [, rest = ''] = page.split(`<!-- ${name} -->\n| parameter | default | meaning |\n|---|---|---|\n`);
      expect(rest.split('\n\n')[0]?.split('\n')).toEqual(rows);
    },
  );

  it('has the secrets and variables of the workflows', () => {
    const files = globSync('.github/workflows/*.yml', { cwd: root });
    const used = files.flatMap((file) => [...read(file).matchAll(/\b(?:secrets|vars)\.([A-Z0-9_]+)/g)]);
    const names = [...new Set(used.map(([, name = '']) => name))].sort();
    expect(named('Secrets and variables of the repository')).toEqual(names);
  });

  it('has every field of the operator’s document, and an example that is one', () => {
    const text = section('The operator’s document');
    const example = /```json\n([\s\S]*?)```/.exec(text)?.[1];
    expect(Object.keys(parseConfig(example)).sort()).toEqual([...Object.keys(Config.shape)].sort());
    expect(named('The operator’s document')).toEqual(Object.keys(Config.shape).sort());
    const rows = new Map([...text.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].map(([, name = '', row = '']) => [name, row]));
    for (const [field, schema] of Object.entries(Config.shape)) {
      const untold = namesWithin(z.toJSONSchema(schema)).filter((name) => !rows.get(field)?.includes(name));
      expect(untold, `fields of ${field} that its row does not name`).toEqual([]);
    }
  });
});

/** Names of all properties of a JSON schema, at any depth. */
function namesWithin(schema: unknown): readonly string[] {
  if (Array.isArray(schema)) return schema.flatMap(namesWithin);
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([keyword, value]) => [
    ...(keyword === 'properties' && typeof value === 'object' && value !== null ? Object.keys(value) : []),
    ...namesWithin(value),
  ]);
}
