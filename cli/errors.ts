/** Exit codes are part of the contract with scripts: doc/cli.md lists them. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  config: 3,
  auth: 4,
  refused: 5,
  notFound: 6,
  upstream: 7,
  interrupted: 130,
} as const;
type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What an error may say beside its message. */
interface ErrorFacts {
  /** The next step: a command or a short sentence. Only an error whose message already names it has none. */
  readonly hint: string | undefined;
  /** Stable word for programs (`--json`). */
  readonly code?: string;
  /** A second line: circumstances, such as what the gateway answered. */
  readonly detail?: string | undefined;
  readonly status?: number;
  readonly requestId?: string | undefined;
  readonly cause?: unknown;
}

/** An error that a command ends with. The message says what happened, to whom, and never holds a secret. */
export class CliError extends Error {
  readonly exit: ExitCode;
  readonly code: string;
  readonly hint: string | undefined;
  readonly detail: string | undefined;
  readonly status: number | undefined;
  readonly requestId: string | undefined;

  constructor(message: string, exit: ExitCode, code: string, facts: ErrorFacts) {
    super(message, facts.cause === undefined ? {} : { cause: facts.cause });
    this.name = new.target.name;
    this.exit = exit;
    this.code = facts.code ?? code;
    this.hint = facts.hint;
    this.detail = facts.detail;
    this.status = facts.status;
    this.requestId = facts.requestId;
  }
}

/** Something unforeseen, or a failure for which there is no other code. */
export class FailedError extends CliError {
  constructor(message: string, facts: ErrorFacts) {
    super(message, exitCodes.failed, 'failed', facts);
  }
}

/** An unknown flag, a bad value, a missing argument. */
export class UsageError extends CliError {
  constructor(message: string, facts: ErrorFacts) {
    super(message, exitCodes.usage, 'usage', facts);
  }
}

/** No profile, an unreadable file, an address that cannot be used. */
export class ConfigError extends CliError {
  constructor(message: string, facts: ErrorFacts) {
    super(message, exitCodes.config, 'config', facts);
  }
}

/** Not signed in, or the credential is not accepted. */
export class AuthError extends CliError {
  constructor(message: string, facts: ErrorFacts) {
    super(message, exitCodes.auth, 'auth', facts);
  }
}

/** Understood and refused: no right, no budget, too often. */
export class RefusedError extends CliError {
  constructor(message: string, facts: ErrorFacts) {
    super(message, exitCodes.refused, 'refused', facts);
  }
}

/** No such key, person or model. */
export class NotFoundError extends CliError {
  constructor(message: string, facts: ErrorFacts) {
    super(message, exitCodes.notFound, 'not_found', facts);
  }
}

/** The network, the gateway or a provider behind it failed. */
export class UpstreamError extends CliError {
  constructor(message: string, facts: ErrorFacts) {
    super(message, exitCodes.upstream, 'upstream', facts);
  }
}

/** The person pressed Ctrl-C or declined. */
export class InterruptedError extends CliError {
  constructor(message = 'cancelled; nothing was changed', hint?: string) {
    super(message, exitCodes.interrupted, 'interrupted', { hint });
  }
}

/** Any thrown value as the error that the command ends with. */
export function toCliError(error: unknown): CliError {
  if (error instanceof CliError) return error;
  // What @inquirer/prompts throws on Ctrl-C and when its input ends.
  if (error instanceof Error && (error.name === 'ExitPromptError' || error.name === 'AbortPromptError')) {
    return new InterruptedError();
  }
  return new FailedError(`something unforeseen happened: ${error instanceof Error ? error.message : String(error)}`, {
    hint: 'run it again with --debug and report what it prints',
    cause: error,
  });
}
