import type { Command, Help } from 'commander';

const indent = '  ';

function rows(entries: readonly (readonly [string, string])[]): string {
  const width = Math.max(0, ...entries.map(([term]) => term.length));
  return entries.map(([term, about]) => `${indent}${term.padEnd(width)}  ${about}`.trimEnd()).join('\n');
}

function section(title: string, body: string): string[] {
  return body === '' ? [] : [`${title}:\n${body}`];
}

/** Help of one command: what it does, how it is called, examples before the options. */
export function formatHelp(command: Command, help: Help, examples: readonly string[]): string {
  const commands = help
    .visibleCommands(command)
    .map((entry) => [help.subcommandTerm(entry), help.subcommandDescription(entry)] as const);
  const positional = help
    .visibleArguments(command)
    .map((entry) => [help.argumentTerm(entry), help.argumentDescription(entry)] as const);
  const options = help
    .visibleOptions(command)
    .map((entry) => [help.optionTerm(entry), help.optionDescription(entry)] as const);
  const isRoot = command.parent === null;
  const parts = [
    `${help.commandDescription(command)}.`,
    `Usage: ${help.commandUsage(command)}`,
    ...section('Examples', examples.map((example) => `${indent}${example}`).join('\n')),
    ...section('Arguments', rows(positional)),
    ...section('Commands', rows(commands)),
    ...section(isRoot ? 'Options of every command' : 'Options', rows(options)),
    ...(isRoot ? [] : ['Options of every command: pennyworth --help']),
  ];
  return `${parts.join('\n\n')}\n`;
}
