import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * One JSON object a line. Only fields of a list can be named: never a prompt, an answer, a header or an error body. Control characters and U+2028/9 are escaped and long values cut, so that one event stays one line.
 */
export interface Logger {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** Does the work of a request: every line that comes of it has the request's id. */
  inRequest<T>(requestId: string, work: () => T): T;
}

/** All that may stand in a line. What is not here a line cannot have: a new name is a decision. */
type Field =
  | 'after_ms'
  | 'age_ms'
  | 'bundled_pico_usd_per_token'
  | 'cause'
  | 'day'
  | 'digest'
  | 'field'
  | 'group'
  | 'id'
  | 'kind'
  | 'missing'
  | 'parameter'
  | 'pico_usd_per_token'
  | 'reason'
  | 'request_id'
  | 'row'
  | 'rows'
  | 'slot'
  | 'stack'
  | 'table'
  | 'username';

type LogFields = Readonly<Partial<Record<Field, string | number | boolean | null | undefined>>>;

/** Room for a stack, and for a whole ledger row: a `ledger_pending` line that was cut could not be imported. */
const longest = 16_384;

export function createLogger(write: (line: string) => void, now: () => number = Date.now): Logger {
  const requestIds = new AsyncLocalStorage<string>();
  const log = (level: string, event: string, fields: LogFields = {}) => {
    const entry: Record<string, unknown> = {
      time: new Date(now()).toISOString(),
      level,
      event,
      request_id: requestIds.getStore(),
    };
    for (const [name, value] of Object.entries(fields)) {
      entry[name] = typeof value === 'string' && value.length > longest ? `${value.slice(0, longest)}…` : value;
    }
    write(`${JSON.stringify(entry).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}\n`);
  };
  return {
    info: (event, fields) => log('info', event, fields),
    warn: (event, fields) => log('warn', event, fields),
    error: (event, fields) => log('error', event, fields),
    inRequest: (requestId, work) => requestIds.run(requestId, work),
  };
}

/** An error in one line for a log field: its name and message, never its stack. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
