import type { User } from '../../../shared/api/users.ts';
import type { Context } from '../../context.ts';
import { UpstreamError } from '../../errors.ts';
import { formatJson, pickFields } from '../../output/json.ts';
import { stripControl } from '../../output/strip-control.ts';
import { labelOf } from './find-user.ts';

/** The password alone on stdout, once: it is stored nowhere. @throws UpstreamError when the gateway has shown none */
export async function printTemporaryPassword(context: Context, user: User): Promise<void> {
  const { io, globals } = context;
  const { temporary_password: password } = user;
  if (password === undefined || !/^[!-~]+$/.test(password)) {
    throw new UpstreamError('the gateway made a password but did not show it', {
      hint: `pennyworth users invite ${user.user_id} --no-invite`,
    });
  }
  if (globals.format === 'json') {
    io.print(formatJson(pickFields(user, globals.fields), io.isOutTty));
    return;
  }
  io.success(stripControl(`${labelOf(user)} (${user.user_id}) has a temporary password; it is shown once.`));
  io.print(`${password}\n`);
  const { url } = await context.profile();
  io.nextStep(stripControl(`pennyworth login ${url} --username ${labelOf(user)}`));
}
