import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findingsOf } from './findings.ts';
import { makeMistake, templateMutations } from './mutations.ts';
import { readTemplate } from './read.ts';

const root = path.dirname(path.dirname(import.meta.dirname));
const text = await readFile(path.join(root, 'template.yaml'), 'utf8');

describe('template.yaml', () => {
  it('keeps every rule, with nothing asked for and with everything', () => {
    expect(findingsOf(readTemplate(text))).toEqual([]);
  });

  // `npm run test:template` makes each of them once more in what AWS would make of the source.
  it.each(templateMutations)('does not pass with $mistake', (mutation) => {
    const found = findingsOf(readTemplate(makeMistake(text, mutation)));
    expect(found.join('\n')).toContain(mutation.says);
  });

  it('does not pass with YAML aliases, which CloudFormation does not read', () => {
    const aliased = text.replace('DefaultAction: { Allow: {} }', 'DefaultAction: &action { Allow: {} }');
    const twice = aliased.replace('Action: { Block: {} }', 'Action: *action');
    expect(() => readTemplate(twice)).toThrow('CloudFormation reads no YAML aliases');
  });
});
