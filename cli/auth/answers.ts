import type { CommandInput } from '../command.ts';
import type { Context } from '../context.ts';
import { CliError, UsageError } from '../errors.ts';
import { LineReader } from '../lines.ts';
import { askCode, askSecret } from '../prompt.ts';
import { explainByClock } from './clock.ts';
import { wrongCode } from './faults.ts';

const tries = 3;

/**
 * The answers to what a sign-in asks: a line of stdin for each switch, in the order password, new password, code, or
 * else the person in front. In a terminal there is always somebody to be asked, and what they type must not be shown.
 */
export class Answers {
  readonly #context: Context;
  readonly #lines: LineReader | undefined;
  readonly #password: string | undefined;
  readonly #newPassword: string | undefined;
  readonly #hasCodeLine: boolean;

  private constructor(context: Context, lines: LineReader | undefined, given: Given) {
    this.#context = context;
    this.#lines = lines;
    this.#password = given.password;
    this.#newPassword = given.newPassword;
    this.#hasCodeLine = given.hasCodeLine;
  }

  /** Takes the lines of the passwords; that of the code only when it is asked for. @throws UsageError for a missing one */
  static async open({ options }: CommandInput, context: Context): Promise<Answers> {
    const codeSource = options.find('mfaCode');
    if (codeSource !== undefined && codeSource !== '-') {
      throw new UsageError('--mfa-code takes only "-": everybody on this machine can read a command line', {
        hint: 'write --mfa-code - and pipe the code, as the line after the passwords',
      });
    }
    const isOn = (name: string) => !context.io.stdinIsTty && options.isOn(name);
    const hasCodeLine = isOn('mfaCode');
    const needsLines = hasCodeLine || isOn('passwordStdin') || isOn('newPasswordStdin');
    const lines = needsLines ? new LineReader(context.io.stdin) : undefined;
    const take = async (name: string) => (isOn(name) ? getLine(lines, 'password') : undefined);
    const password = await take('passwordStdin');
    return new Answers(context, lines, { password, newPassword: await take('newPasswordStdin'), hasCodeLine });
  }

  async close(): Promise<void> {
    await this.#lines?.close();
  }

  /** Whether a code will be had when it is asked for. @throws UsageError otherwise */
  requireCode(): void {
    if (this.#hasCodeLine || this.#context.io.canPrompt) return;
    throw new UsageError('a code of your authenticator app is needed, and nobody can be asked here', {
      hint: codeHint,
    });
  }

  /** Whether the code comes from a program, which must be told where it is to get it. */
  get hasCodeLine(): boolean {
    return this.#hasCodeLine;
  }

  async password(): Promise<string> {
    return this.#password ?? askSecret(this.#context, 'Password:', 'use --password-stdin');
  }

  /** Typed twice; one that Cognito's policy refuses is asked for again. */
  async newPassword<T>(use: (password: string) => Promise<T>): Promise<T> {
    if (this.#newPassword !== undefined) return use(this.#newPassword);
    this.#context.io.note('A new password must be set before the first use.');
    return this.#severalTimes('invalid_password', async () => use(await this.#askNewPassword()));
  }

  /** A wrong one is asked for again, where a person is asked. `endpoint`: whose clock the code is judged by. */
  async code<T>(endpoint: string, use: (code: string) => Promise<T>): Promise<T> {
    this.requireCode();
    const clock = { endpoint, now: this.#context.now };
    const tryCode = async (code: string) => {
      try {
        return await use(code);
      } catch (error) {
        throw await explainByClock(error, clock);
      }
    };
    if (this.#hasCodeLine) return tryCode(await this.#codeLine());
    return this.#severalTimes(wrongCode, async () => tryCode(await askCode(this.#context, codeHint)));
  }

  async #askNewPassword(): Promise<string> {
    const hint = 'use --new-password-stdin';
    const password = await askSecret(this.#context, 'New password:', hint);
    if ((await askSecret(this.#context, 'New password again:', hint)) === password) return password;
    throw new UsageError('the two new passwords differ', { hint: 'pennyworth login', code: 'invalid_password' });
  }

  async #codeLine(): Promise<string> {
    const code = (await getLine(this.#lines, 'code')).replaceAll(/\s/g, '');
    if (/^\d{6}$/.test(code)) return code;
    throw new UsageError('the line for the code does not hold six digits', { hint: codeHint });
  }

  /** Once more after an error with this code, up to the last try, whose error it ends with. */
  async #severalTimes<T>(code: string, attempt: () => Promise<T>): Promise<T> {
    for (let left = tries - 1; ; left--) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof CliError) || error.code !== code || left === 0) throw error;
        const { io } = this.#context;
        io.warn(`${error.message.replace(/\.$/, '')}; ${left === 1 ? 'one try' : `${left} tries`} left`);
        if (error.detail !== undefined) io.warn(error.detail);
      }
    }
  }
}

const codeHint = 'add --mfa-code - and pipe the code, as the line after the passwords';

interface Given {
  readonly password: string | undefined;
  readonly newPassword: string | undefined;
  readonly hasCodeLine: boolean;
}

async function getLine(lines: LineReader | undefined, what: string): Promise<string> {
  const line = await lines?.next();
  if (line) return line;
  throw new UsageError(`stdin holds no ${what}`, { hint: 'pipe one line for each switch that reads stdin' });
}
