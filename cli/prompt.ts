import type { Context } from './context.ts';
import { InterruptedError, UsageError } from './errors.ts';

/** @throws UsageError with the way without a question, where nobody can be asked */
function requirePrompt({ io }: Context, what: string, hint: string): void {
  if (!io.canPrompt)
    throw new UsageError(`${what.replace(/:$/, '')} is missing, and nobody can be asked here`, { hint });
}

/** Questions go to stderr: stdout is for the result. */
function streams({ io }: Context) {
  return { input: io.stdin, output: io.err, clearPromptOnDone: false };
}

/** Asks for one line. `hint`: how to give it without being asked. */
export async function askText(context: Context, message: string, hint: string): Promise<string> {
  requirePrompt(context, message, hint);
  const { input } = await import('./questions.ts');
  const answer = await input({ message, required: true }, streams(context));
  return answer.trim();
}

/** Asks for a secret; what is typed is not shown. */
export async function askSecret(context: Context, message: string, hint: string): Promise<string> {
  requirePrompt(context, message, hint);
  const { password } = await import('./questions.ts');
  return password({ message, mask: '*', validate: (value) => value !== '' || 'Type something.' }, streams(context));
}

/** Asks for the six digits that an authenticator app shows; spaces in them do not matter. */
export async function askCode(context: Context, hint: string): Promise<string> {
  const message = 'Code of your authenticator app:';
  requirePrompt(context, message, hint);
  const { input } = await import('./questions.ts');
  const digits = (text: string) => text.replaceAll(/\s/g, '');
  const validate = (text: string) => /^\d{6}$/.test(digits(text)) || 'It is six digits.';
  return digits(await input({ message, required: true, validate }, streams(context)));
}

/**
 * Before something that cannot be undone; --yes answers it.
 * @throws InterruptedError when the answer is no; UsageError where nobody can be asked
 */
export async function confirm(context: Context, message: string): Promise<void> {
  if (context.globals.yes) return;
  if (!context.io.canPrompt) throw noConfirmation();
  const prompts = await import('./questions.ts');
  if (!(await prompts.confirm({ message, default: false }, streams(context)))) throw new InterruptedError();
}

/**
 * Before something that many would miss: `expected` (an e-mail, a number) is to be typed; --yes answers it.
 * @throws InterruptedError when something else is typed; UsageError where nobody can be asked
 */
export async function confirmTyped(context: Context, message: string, expected: string): Promise<void> {
  if (context.globals.yes) return;
  if (!context.io.canPrompt) throw noConfirmation();
  const prompts = await import('./questions.ts');
  const typed = await prompts.input({ message: `${message} Type ${expected} to go on:` }, streams(context));
  if (typed.trim() !== expected) throw new InterruptedError();
}

function noConfirmation(): UsageError {
  return new UsageError('this needs a confirmation, and nobody can be asked here', { hint: 'add --yes' });
}
