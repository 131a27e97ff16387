import { Command, type CommanderError } from 'commander';
import { type CommandSpec, OptionValues } from './command.ts';
import { UsageError } from './errors.ts';
import { formatHelp } from './help.ts';
import type { Host } from './io.ts';

/** Thrown where commander would end the process after help or version: the command is done. */
export class ShownError extends Error {}

/** Runs one leaf: `shared` are the options of every command, `own` those of this one. */
export type Runner = (
  spec: CommandSpec,
  args: readonly string[],
  own: OptionValues,
  shared: OptionValues,
) => Promise<void>;

/** What is in a group of commands; one that also does something by itself has a command of its `own` too. */
export interface GroupParts {
  readonly commands: readonly CommandSpec[];
  readonly groups?: readonly GroupSpec[];
  readonly own?: CommandSpec;
}

export interface GroupSpec extends GroupParts {
  readonly name: string;
  readonly about: string;
  readonly examples: readonly string[];
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

/** commander ends the process with 1 for every wrong command line; here it is an error with code 2. */
function refuse(command: Command, error: CommanderError): never {
  if (error.exitCode === 0 || error.code === 'commander.help') throw new ShownError();
  const [first = '', ...more] = error.message.replace(/^error: /, '').split('\n');
  const suggestion = more.join(' ').trim();
  throw new UsageError(suggestion === '' ? first : `${first} ${suggestion}`, { hint: `${pathOf(command)} --help` });
}

/** Makes commander's commands out of our descriptions of them. */
export class CommandTree {
  readonly root: Command;
  readonly #host: Host;
  readonly #run: Runner;

  constructor(host: Host, run: Runner, version: string, about: string, examples: readonly string[]) {
    this.#host = host;
    this.#run = run;
    this.root = this.#settle(new Command('pennyworth'), about, examples)
      .version(version, '-V, --version', 'show the version')
      .option('--profile <name>', 'the gateway and sign-in to use')
      .option('--json', 'print the result as JSON')
      .option('--fields <names>', 'only these fields (a,b) of --json or --csv')
      .option('--csv', 'print a list as CSV')
      .option('--no-color', 'no colours')
      .option('--no-input', 'never ask a question')
      .option('-y, --yes', 'answer questions of confirmation with yes')
      .option('-q, --quiet', 'no notes on stderr, only errors')
      .option('--debug', 'trace requests on stderr')
      .option('--timeout <seconds>', 'give up on a request after so long');
  }

  addGroup(group: GroupSpec, parent: Command = this.root): void {
    const command = parent.command(group.name);
    if (group.own) this.#fill(command, group.own);
    else this.#settle(command, group.about, group.examples);
    for (const spec of group.commands) this.#fill(command.command(spec.name), spec);
    for (const inner of group.groups ?? []) this.addGroup(inner, command);
  }

  add(spec: CommandSpec): void {
    this.#fill(this.root.command(spec.name), spec);
  }

  #fill(command: Command, spec: CommandSpec): void {
    this.#settle(command, spec.about, spec.examples);
    for (const argument of spec.arguments ?? []) command.argument(argument.term, argument.about);
    for (const option of spec.options ?? []) command.option(option.flags, option.about);
    command.action(() =>
      this.#run(spec, command.args, new OptionValues(this.#ownOptions(command)), new OptionValues(this.root.opts())),
    );
  }

  /**
   * commander gives an option to the group where both it and its command know one of that name: taken back here.
   * @throws UsageError for an option of the group that its command does not know
   */
  #ownOptions(command: Command): Readonly<Record<string, unknown>> {
    const group = command.parent;
    if (group === null || group === this.root) return command.opts();
    const values = { ...command.opts() };
    for (const option of group.options) {
      const name = option.attributeName();
      if (group.getOptionValueSource(name) !== 'cli') continue;
      if (!command.options.some((own) => own.attributeName() === name)) {
        throw new UsageError(`unknown option '${option.long}'`, { hint: `${pathOf(command)} --help` });
      }
      values[name] = group.getOptionValue(name);
    }
    return values;
  }

  #settle(command: Command, about: string, examples: readonly string[]): Command {
    return command
      .description(about)
      .configureHelp({ formatHelp: (shown, help) => formatHelp(shown, help, examples) })
      .configureOutput({
        writeOut: (text) => this.#host.stdout.write(text),
        // Only the help of a group that was called without a command comes here; errors are printed by our own code.
        writeErr: (text) => this.#host.stdout.write(text),
        outputError: () => {},
      })
      .exitOverride((error) => refuse(command, error))
      .helpOption('-h, --help', 'show help')
      .helpCommand('help [command]', 'show the help of a command');
  }
}
