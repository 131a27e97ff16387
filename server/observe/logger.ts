/**
 * One JSON object a line. Callers name each field (an allow-list): never a prompt, an answer, a header or an error
 * body. Control characters and U+2028/9 are escaped and long values cut, so that one event stays one line.
 */
export interface Logger {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Room for a stack, and for a whole ledger row: a `ledger_pending` line that was cut could not be imported. */
const longest = 16_384;

export function createLogger(write: (line: string) => void, now: () => number = Date.now): Logger {
  const log = (level: string, event: string, fields: LogFields = {}) => {
    const entry: Record<string, unknown> = { time: new Date(now()).toISOString(), level, event };
    for (const [name, value] of Object.entries(fields)) {
      entry[name] = typeof value === 'string' && value.length > longest ? `${value.slice(0, longest)}…` : value;
    }
    write(`${JSON.stringify(entry).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}\n`);
  };
  return {
    info: (event, fields) => log('info', event, fields),
    warn: (event, fields) => log('warn', event, fields),
    error: (event, fields) => log('error', event, fields),
  };
}

/** An error in one line for a log field: its name and message, never its stack. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
