import * as z from 'zod/mini';
import { AwsFault } from '../emulator.ts';
import type { Context } from './operation.ts';
import type { Pool, User } from './state.ts';

/** `{username}` and `{####}` stand for what is put in; both must be there. */
const InviteTemplate = z.object({
  EmailSubject: z.optional(z.string()),
  EmailMessage: z.optional(z.string()),
});
const WithTemplate = z.object({ InviteMessageTemplate: InviteTemplate });

// What Cognito sends where a pool names nothing of its own: AdminCreateUserConfig in its developer guide.
const defaultSubject = 'Your temporary password';
const defaultMessage = 'Your username is {username} and temporary password is {####}.';

/**
 * The mail of AdminCreateUser. Texts by SMS, Cognito's default medium, are not emulated: without EMAIL nothing is sent.
 * @throws AwsFault CodeDeliveryFailureException when there is no address to send it to
 */
export function sendInvitation(
  context: Context,
  pool: Pool,
  user: User,
  password: string,
  mediums: readonly string[],
): void {
  if (!mediums.includes('EMAIL')) return;
  const to = addressOf(user);
  const config = z.safeParse(WithTemplate, pool.settings.AdminCreateUserConfig);
  const { EmailSubject = defaultSubject, EmailMessage = defaultMessage } = config.data?.InviteMessageTemplate ?? {};
  const body = EmailMessage.replaceAll('{username}', () => user.username).replaceAll('{####}', () => password);
  context.mailbox.send({ to, subject: EmailSubject, body });
}

function addressOf(user: User): string {
  const { email = '' } = user.attributes;
  if (email !== '') return email;
  throw new AwsFault('CodeDeliveryFailureException', 'The user has no e-mail address to deliver to.');
}
