import type { Context } from './context.ts';

/** One leaf of the command tree, as data: help, documentation and tests are made from it. */
export interface CommandSpec {
  readonly name: string;
  /** As commander writes them: `<name>`, `[url]`, `<id...>`. */
  readonly arguments?: readonly { readonly term: string; readonly about: string }[];
  /** One line, without a full stop. */
  readonly about: string;
  /** At least two whole command lines. */
  readonly examples: readonly string[];
  readonly options?: readonly OptionSpec[];
  /** What its result is: `data` obeys --json, `list` --csv too, `none` prints nothing on stdout. */
  readonly result: 'none' | 'data' | 'list';
  /** Loaded only when it runs, so that `--help` and `--version` stay fast. */
  readonly load: () => Promise<CommandModule>;
}

interface OptionSpec {
  readonly flags: string;
  readonly about: string;
}

/** What a file in commands/ exports. */
interface CommandModule {
  run(input: CommandInput, context: Context): Promise<void>;
}

export interface CommandInput {
  readonly arguments: readonly string[];
  readonly options: OptionValues;
}

/** The options of one command line, read by their long names in camel case. */
export class OptionValues {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  /** The value of an option; undefined where it was not given or stands without its optional value. */
  find(name: string): string | undefined {
    const value = this.#values[name];
    return typeof value === 'string' ? value : undefined;
  }

  /** Whether a switch is on. A switch written `--no-stream` is on (`stream`) until it is given. */
  isOn(name: string): boolean {
    const value = this.#values[name];
    return value !== undefined && value !== false;
  }

  /** A comma-separated list without its empty parts; undefined where the option was not given. */
  findList(name: string): readonly string[] | undefined {
    return this.find(name)
      ?.split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
  }
}
