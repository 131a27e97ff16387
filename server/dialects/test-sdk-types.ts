import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

// The types of an SDK, read out of its declarations as its generator writes them: interfaces, aliases and namespaces, one
// member a line. For the tests that hold our tables against them; tests only.

const resolveFile = createRequire(import.meta.url).resolve;

/** By full name (`Tool.Mcp`): its members with their types as they are written; of an alias the one member ''. */
type Declarations = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** @param file of an installed package, such as `openai/resources/shared` */
export function readDeclarations(file: string): Declarations {
  const path = resolveFile(file).replace(/\.m?js$/, '.d.ts');
  const text = readFileSync(path, 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '');
  const declared = new Map<string, ReadonlyMap<string, string>>();
  readBlock(text, '', declared);
  return declared;
}

const declaration = /\b(interface|namespace|type) (\w+)(?:<\w+>)?(?: extends ([\w.]+))?(?: = ([^;]*);| \{)/g;

function readBlock(text: string, scope: string, declared: Map<string, ReadonlyMap<string, string>>): void {
  const search = new RegExp(declaration);
  for (let found = search.exec(text); found; found = search.exec(text)) {
    const [, kind, name = '', parent, alias] = found;
    const full = scope + name;
    if (alias !== undefined) {
      declared.set(full, new Map([['', alias]]));
      continue;
    }
    const from = search.lastIndex;
    const to = endOfBlock(text, from);
    const body = text.slice(from, to);
    if (kind === 'namespace') readBlock(body, `${full}.`, declared);
    else declared.set(full, new Map([...(parent ? [['', parent] as const] : []), ...membersOf(body)]));
    search.lastIndex = to;
  }
}

/** The place of the brace that closes a block whose text starts at `from`. */
function endOfBlock(text: string, from: number): number {
  let depth = 1;
  let at = from;
  for (; depth > 0; at++) {
    if (text[at] === '{') depth++;
    else if (text[at] === '}') depth--;
  }
  return at - 1;
}

/** Members of an interface; the inner ones of an object written in place are no types of their own. */
function* membersOf(body: string): Generator<[name: string, type: string]> {
  const member = /^\s*'?([\w.]+)'?\??: /gm;
  for (let found = member.exec(body); found; found = member.exec(body)) {
    let to = member.lastIndex;
    for (let depth = 0; depth > 0 || body[to] !== ';'; to++) {
      if (body[to] === '{') depth++;
      else if (body[to] === '}') depth--;
    }
    yield [found[1] ?? '', body.slice(member.lastIndex, to)];
    member.lastIndex = to;
  }
}

/** Every interface a type is made of, with the names of its members, and the words its members may have. */
export interface Reached {
  readonly members: ReadonlyMap<string, readonly string[]>;
  /** `<type>.<member>` and the words it may have; of an alias under its own name. */
  readonly words: ReadonlyMap<string, readonly string[]>;
}

/** What a type is made of, itself first. */
export function reachedFrom(root: string, declared: Declarations): Reached {
  const members = new Map<string, readonly string[]>();
  const words = new Map<string, readonly string[]>();
  const found = new Set([root]);
  for (const name of found) {
    const own = allMembers(name, declared);
    const alias = own.size === 0 ? declared.get(name)?.get('') : undefined;
    if (alias === undefined) members.set(name, [...own.keys()].toSorted());
    for (const [member, type] of alias === undefined ? own : [['', alias] as const]) {
      words.set(
        member ? `${name}.${member}` : name,
        [...type.matchAll(/'([^']+)'/g)].map(([, word = '']) => word),
      );
      for (const target of referencesOf(type, name, declared)) found.add(target);
    }
  }
  return { members, words };
}

function referencesOf(type: string, from: string, declared: Declarations): readonly string[] {
  return [...type.matchAll(/\b[A-Z][\w.]*/g)].flatMap(([reference]) => resolveName(reference, from, declared) ?? []);
}

/** With those of the interface it extends. */
function allMembers(name: string, declared: Declarations): ReadonlyMap<string, string> {
  const { ['']: parent, ...own } = Object.fromEntries(declared.get(name) ?? []);
  if (parent === undefined || Object.keys(own).length === 0) return new Map(Object.entries(own));
  const inherited = resolveName(parent, name, declared);
  return new Map([...(inherited ? allMembers(inherited, declared) : []), ...Object.entries(own)]);
}

/** A name is looked up from the innermost namespace outwards; that of an import (`Shared.X`) is left out. */
function resolveName(reference: string, from: string, declared: Declarations): string | undefined {
  const scopes = from.split('.');
  for (const name of [reference, reference.slice(reference.indexOf('.') + 1)]) {
    for (let depth = scopes.length; depth >= 0; depth--) {
      const full = [...scopes.slice(0, depth), name].join('.');
      if (declared.has(full)) return full;
    }
  }
  return undefined;
}
