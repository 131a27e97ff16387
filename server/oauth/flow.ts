import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import type { HttpRequest } from '../http.ts';
import { findOAuth, type OAuth } from './deployment.ts';
import { defaultRedirectUris } from './redirect-uris.ts';
import { createTickets, type Tickets } from './tickets.ts';

/** What each step of a sign-in works with. */
export interface Flow {
  readonly request: HttpRequest;
  readonly oauth: OAuth;
  readonly tickets: Tickets;
  /** Addresses beside loopback to which codes may go. */
  readonly listed: readonly string[];
}

/** @throws GatewayError 404 where OAuth is not set up */
export function needOAuth(request: HttpRequest, { settings }: Context): OAuth {
  // By a foreign name anybody's page could read ours: see HttpRequest.isForeignHost.
  const oauth = request.isForeignHost ? undefined : findOAuth(request, settings);
  if (!oauth) throw notFound('sign-in by OAuth here; use an API key, or ask the operator to set up the managed login');
  return oauth;
}

/** @throws GatewayError 404; 503 of the root secret */
export async function flowOf(request: HttpRequest, context: Context): Promise<Flow> {
  const oauth = needOAuth(request, context);
  const { sealingKey } = await context.rootSecret.keys();
  const tickets = createTickets(sealingKey, oauth.issuer, context.clock);
  return { request, oauth, tickets, listed: listedOf(context) };
}

export function listedOf({ settings }: Context): readonly string[] {
  return settings.config.mcp?.redirect_uris ?? defaultRedirectUris;
}
