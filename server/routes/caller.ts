import type { Caller } from '../audit/audit-trail.ts';
import type { AuthenticatedCall } from '../route.ts';

/** Who does what a route is asked for, as the trail of changes keeps it. */
export function callerOf({ identity, requestId, request }: AuthenticatedCall): Caller {
  return { identity, requestId, sourceIp: request.sourceIp };
}

/** The thing that the path names by `:id`. */
export function idOf({ params }: AuthenticatedCall): string {
  return params['id'] ?? '';
}
