import { GatewayError } from '../errors.ts';

/** Whose fault a failure is: what a caller can mend is theirs, all else is the server's or its provider's. */
export type Fault = 'caller' | 'server';

/** null: nothing failed. */
export function faultOf(error: unknown): Fault | null {
  if (error === undefined) return null;
  return error instanceof GatewayError && error.status < 500 ? 'caller' : 'server';
}

/** Of a call that a provider had taken: one that throttles the deployment is no fault of the caller's. */
export function upstreamFaultOf(error: unknown): Fault | null {
  return error instanceof GatewayError && error.status === 429 ? 'server' : faultOf(error);
}
