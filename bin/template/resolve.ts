import { at, entriesOf, isRecord, listOf } from './tree.ts';

export interface Resource {
  /** Its logical id. */
  readonly id: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
  /** The whole entry, with DeletionPolicy and the like. */
  readonly entry: unknown;
}

/** A template as CloudFormation would carry it out with certain parameters. */
export interface Deployment {
  readonly resources: readonly Resource[];
  readonly outputs: unknown;
}

/** Stands for a member that `AWS::NoValue` takes away. */
const nothing = Symbol('AWS::NoValue');

/**
 * Decides conditions and puts parameters in. What only AWS knows is left as text: `{ "Fn::GetAtt": ["Table", "Arn"] }`
 * becomes `<Table.Arn>`, `{ "Ref": "AWS::Region" }` becomes `<AWS::Region>`.
 * @param parameters values beside the template's defaults
 * @throws Error for a function or condition it does not know
 */
export function resolveTemplate(template: unknown, parameters: Readonly<Record<string, string>>): Deployment {
  const values = new Map<string, unknown>();
  for (const [name, declared] of entriesOf(at(template, 'Parameters'))) {
    const value = parameters[name] ?? at(declared, 'Default');
    values.set(name, at(declared, 'Type') === 'CommaDelimitedList' ? String(value).split(',') : value);
  }
  const resolver = new Resolver(values, at(template, 'Conditions'));
  const resources: Resource[] = [];
  for (const [id, entry] of entriesOf(at(template, 'Resources'))) {
    const condition = at(entry, 'Condition');
    if (typeof condition === 'string' && !resolver.condition(condition)) continue;
    const resolved = resolver.value(entry);
    const properties = at(resolved, 'Properties');
    const type = String(at(resolved, 'Type'));
    resources.push({ id, type, properties: isRecord(properties) ? properties : {}, entry: resolved });
  }
  return { resources, outputs: resolver.value(at(template, 'Outputs')) };
}

class Resolver {
  readonly #parameters: ReadonlyMap<string, unknown>;
  readonly #conditions: unknown;

  constructor(parameters: ReadonlyMap<string, unknown>, conditions: unknown) {
    this.#parameters = parameters;
    this.#conditions = conditions;
  }

  condition(name: string): boolean {
    const declared = at(this.#conditions, name);
    if (declared === undefined) throw new Error(`There is no condition ${name}.`);
    return this.#isTrue(declared);
  }

  #isTrue(declared: unknown): boolean {
    const [[name, argument] = ['', undefined]] = entriesOf(declared);
    const list = listOf(argument);
    switch (name) {
      case 'Condition':
        return this.condition(String(argument));
      case 'Fn::Not':
        return !this.#isTrue(list[0]);
      case 'Fn::And':
        return list.every((each) => this.#isTrue(each));
      case 'Fn::Or':
        return list.some((each) => this.#isTrue(each));
      case 'Fn::Equals':
        return String(this.value(list[0])) === String(this.value(list[1]));
      default:
        throw new Error(`${JSON.stringify(declared)} is no condition that this reader knows.`);
    }
  }

  value(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((each) => this.value(each)).filter((each) => each !== nothing);
    if (!isRecord(value)) return value;
    const [first] = Object.entries(value);
    if (first && Object.keys(value).length === 1 && (first[0] === 'Ref' || first[0].startsWith('Fn::'))) {
      return this.#call(first[0], first[1]);
    }
    const members = Object.entries(value).map(([name, member]) => [name, this.value(member)] as const);
    return Object.fromEntries(members.filter(([, member]) => member !== nothing));
  }

  #call(name: string, argument: unknown): unknown {
    const list = listOf(argument);
    switch (name) {
      case 'Ref':
        return this.#reference(String(argument));
      case 'Fn::GetAtt':
        return `<${list.join('.')}>`;
      case 'Fn::If':
        return this.value(this.condition(String(list[0])) ? list[1] : list[2]);
      case 'Fn::Join':
        return listOf(this.value(list[1])).join(String(list[0]));
      case 'Fn::Select':
        return listOf(this.value(list[1]))[Number(list[0])];
      case 'Fn::Split':
        return this.#split(String(list[0]), String(this.value(list[1])));
      case 'Fn::Sub':
        return this.#substitute(String(list[0]), list[1]);
      default:
        throw new Error(`${name} is no function that this reader knows.`);
    }
  }

  /** What only AWS knows cannot be split; each part of it stays what it is. */
  #split(separator: string, text: string): readonly string[] {
    return /^<.*>$/.test(text)
      ? Array.from({ length: 10 }, (_, index) => `${text.slice(0, -1)} ${index}>`)
      : text.split(separator);
  }

  #reference(name: string): unknown {
    if (name === 'AWS::NoValue') return nothing;
    return this.#parameters.has(name) ? this.#parameters.get(name) : `<${name}>`;
  }

  /** @param own names that hold in this text only */
  #substitute(text: string, own: unknown): string {
    return text.replaceAll(/\$\{([^!}][^}]*)\}/g, (_, name: string) => {
      const value = at(own, name);
      return String(value === undefined ? this.#reference(name) : this.value(value));
    });
  }
}
