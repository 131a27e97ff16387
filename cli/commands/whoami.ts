import { Me } from '../../shared/api/me.ts';
import type { CommandInput } from '../command.ts';
import type { Context } from '../context.ts';
import { printRecord } from '../output/print.ts';
import { formatMoment } from '../output/time.ts';

export async function run(_input: CommandInput, context: Context): Promise<void> {
  const profile = await context.profile();
  const session = await context.session(profile);
  const me = await (await context.apiAt(profile.url, session)).get('/v1/me', Me);
  // Read after the call, which may have renewed it.
  const { expires_at } = await session.getStored();
  const expires = context.io.isOutTty ? formatMoment(expires_at, context.now()) : expires_at;
  printRecord(context, { profile: profile.name, url: profile.url, ...me, session: { expires_at, store: 'file' } }, [
    ['Profile', profile.name],
    ['Gateway', profile.url],
    ['User', me.user_id],
    ['E-mail', me.email],
    ['Groups', me.groups.join(', ') || null],
    ['Team', me.team],
    ['Second factor', me.mfa ? 'set up' : 'none'],
    ['Token renews', expires],
  ]);
}
