import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { parseAuditQuery } from '../audit/query.ts';
import { showTrail } from '../audit/trail.ts';
import { findKeyId } from './find-key.ts';

/** The part of the trail that is about keys. */
export async function run({ options }: CommandInput, context: Context): Promise<void> {
  const api = await context.sessionApi();
  const target = await findKeyId(api, options.find('key'));
  const query = await parseAuditQuery(api, options, context.now(), { target, thing: 'key' });
  await showTrail(context, api, options, query);
}
