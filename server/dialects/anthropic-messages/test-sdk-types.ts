import { readDeclarations } from '../test-sdk-types.ts';

// The type declarations of the installed @anthropic-ai/sdk, so that a field it learns of is missed here; tests only.

/** Member names of one interface, each with its type as it is written. */
type Members = ReadonlyMap<string, string>;

export interface SdkTypes {
  /** By their names without `Beta`. */
  readonly interfaces: ReadonlyMap<string, Members>;
  /** Names of the interfaces that a type as it is written speaks of. Throws at a name that is not known. */
  interfacesIn(type: string): readonly string[];
}

/** Types of TypeScript's own, and names of models and betas, which are texts. */
const atoms = /^(Array|string|number|boolean|null|unknown|key|MessagesAPI|API|Model|AnthropicBeta|true|false)$/;

/** @param path of a declaration file, from the SDK's `resources` folder */
export function readSdkTypes(path: 'messages/messages' | 'beta/messages/messages'): SdkTypes {
  const interfaces = new Map<string, Members>();
  const aliases = new Map<string, string>();
  for (const [name, declared] of readDeclarations(`@anthropic-ai/sdk/resources/${path}`)) {
    const members = new Map([...declared].filter(([member]) => member !== ''));
    const alias = declared.get('');
    if (alias !== undefined && members.size === 0) aliases.set(bare(name), alias);
    else interfaces.set(bare(name), members);
  }

  const interfacesIn = (type: string): readonly string[] => {
    const names = type.replaceAll(/'[^']*'/g, '').match(/[A-Za-z_]\w*(\.\w+)?/g) ?? [];
    return [...new Set(names.flatMap(resolve))];
  };
  const resolve = (written: string): readonly string[] => {
    const name = bare(written);
    const alias = aliases.get(name);
    if (alias !== undefined) return interfacesIn(alias);
    // A JSON Schema is the caller's own.
    if (name.endsWith('.InputSchema')) return [];
    if (interfaces.has(name)) return [name];
    if (name.split('.').every((part) => atoms.test(part))) return [];
    throw new Error(`${path}: ${written} is not known`);
  };
  return { interfaces, interfacesIn };
}

function bare(name: string): string {
  return name.replace(/^Beta/, '');
}
