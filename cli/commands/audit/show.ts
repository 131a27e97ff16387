import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { parseAuditQuery } from './query.ts';
import { showTrail } from './trail.ts';

/** The trail of changes and refused attempts, newest first. */
export async function run({ options }: CommandInput, context: Context): Promise<void> {
  const api = await context.sessionApi();
  const target = options.find('target');
  await showTrail(context, api, options, await parseAuditQuery(api, options, context.now(), { target }));
}
