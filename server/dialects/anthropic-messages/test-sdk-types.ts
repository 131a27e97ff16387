import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

// Reads the type declarations of the installed @anthropic-ai/sdk, so that a field it learns of is missed here; tests only.
// Only what its generator writes is understood: interfaces at the left margin, a member a line with four spaces before it.

/** Member names of one interface, each with its type as it is written. */
type Members = ReadonlyMap<string, string>;

export interface SdkTypes {
  /** By their names without `Beta`. */
  readonly interfaces: ReadonlyMap<string, Members>;
  /** Names of the interfaces that a type as it is written speaks of. Throws at a name that is not known. */
  interfacesIn(type: string): readonly string[];
}

const resources = createRequire(import.meta.url).resolve('@anthropic-ai/sdk/resources/messages/messages');
/** Types of TypeScript's own, and names of models and betas, which are texts. */
const atoms = /^(Array|string|number|boolean|null|unknown|key|MessagesAPI|API|Model|AnthropicBeta|true|false)$/;

/** @param path of a declaration file, from the SDK's `resources` folder */
export function readSdkTypes(path: 'messages/messages.d.ts' | 'beta/messages/messages.d.ts'): SdkTypes {
  const file = resources.replace(/messages\/messages\.\w+$/, path);
  const text = readFileSync(file, 'utf8').replaceAll(/\/\*\*.*?\*\//gs, '');
  const interfaces = new Map<string, Members>();
  for (const [, name = '', body = ''] of text.matchAll(/^export interface (\w+) \{\n(.*?)^\}/gms)) {
    const members = [...body.matchAll(/^ {4}(\w+)\??: (.*?);\n(?= {4}\w|\s*$(?!\n {5}))/gms)];
    interfaces.set(bare(name), new Map(members.map(([, member = '', type = '']) => [member, type])));
  }
  const aliases = new Map<string, string>();
  for (const [, name = '', type = ''] of text.matchAll(/^export type (\w+) = (.*);$/gm)) aliases.set(bare(name), type);

  const interfacesIn = (type: string): readonly string[] => {
    const names = type.replaceAll(/'[^']*'/g, '').match(/[A-Za-z_]\w*(\.\w+)?/g) ?? [];
    return [...new Set(names.flatMap(resolve))];
  };
  const resolve = (written: string): readonly string[] => {
    const name = bare(written);
    const alias = aliases.get(name);
    if (alias !== undefined) return interfacesIn(alias);
    if (interfaces.has(name)) return [name];
    if (name.split('.').every((part) => atoms.test(part)) || name.endsWith('.InputSchema')) return [];
    throw new Error(`${file}: ${written} is not known`);
  };
  return { interfaces, interfacesIn };
}

function bare(name: string): string {
  return name.replace(/^Beta/, '');
}
