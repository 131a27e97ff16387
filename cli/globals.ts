import type { CommandSpec, OptionValues } from './command.ts';
import { UsageError } from './errors.ts';
import type { IoOptions } from './io.ts';

/** The options of every command, checked. */
export interface Globals extends IoOptions {
  readonly profile: string | undefined;
  readonly format: 'human' | 'json' | 'csv';
  readonly fields: readonly string[] | undefined;
  readonly yes: boolean;
  readonly debug: boolean;
  /** Undefined: each kind of request has its own. */
  readonly timeoutMs: number | undefined;
}

/** @throws UsageError for values and combinations that make no sense */
export function parseGlobals(spec: CommandSpec, options: OptionValues): Globals {
  const json = options.isOn('json');
  const csv = options.isOn('csv');
  if (json && csv) throw new UsageError('--json and --csv exclude each other', { hint: 'leave one of them out' });
  if (csv && spec.result !== 'list') throw new UsageError('--csv is for lists only', { hint: 'use --json here' });
  const fields = options.findList('fields');
  if (fields && !json && !csv) {
    throw new UsageError('--fields chooses fields of --json or --csv', { hint: 'add --json' });
  }
  if (fields?.length === 0) throw new UsageError('--fields names no field', { hint: 'for example: --fields id,name' });
  return {
    profile: options.find('profile'),
    format: json ? 'json' : csv ? 'csv' : 'human',
    fields,
    color: options.isOn('color'),
    input: options.isOn('input'),
    yes: options.isOn('yes'),
    quiet: options.isOn('quiet'),
    debug: options.isOn('debug'),
    timeoutMs: parseTimeout(options.find('timeout')),
  };
}

function parseTimeout(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = /^\d{1,4}(?:\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (seconds > 0 && seconds <= 3600) return Math.round(seconds * 1000);
  throw new UsageError(`--timeout "${text}" is not a number of seconds up to 3600`, {
    hint: 'for example: --timeout 30',
  });
}
