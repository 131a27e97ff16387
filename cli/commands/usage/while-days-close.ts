import type { Context } from '../../context.ts';
import { CliError } from '../../errors.ts';

/** Ten years of full days; a gateway that says it for longer than that is broken. */
const mostTurns = 1_000;

/**
 * Asks again while the gateway closes days for the first report after them, and tells how far it is.
 * @throws what `ask` throws otherwise
 */
export async function whileDaysClose<T>({ io }: Context, ask: () => Promise<T>): Promise<T> {
  for (let turn = 1; ; turn++) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof CliError) || error.code !== 'days_open' || turn === mostTurns) throw error;
      io.note(error.message);
    }
  }
}
