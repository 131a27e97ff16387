import { createHmac, timingSafeEqual } from 'node:crypto';
import { notAuthorized } from './faults.ts';
import type { AppClient } from './state.ts';

/**
 * The proof that a call comes from an app client with a secret: base64 of HMAC-SHA-256 over username and client id.
 * @param usernames Any of the names the person may be called by.
 * @throws AwsFault NotAuthorizedException
 */
export function checkSecretHash(client: AppClient, hash: string | undefined, usernames: readonly string[]): void {
  const { secret } = client;
  if (secret === undefined) {
    if (hash === undefined) return;
    throw notAuthorized(`Client ${client.id} is not configured with secret but secret hash was received`);
  }
  if (hash === undefined) {
    throw notAuthorized(`Client ${client.id} is configured with secret but SECRET_HASH was not received`);
  }
  const isGood = usernames.some((name) =>
    isSame(createHmac('sha256', secret).update(name).update(client.id).digest('base64'), hash),
  );
  if (!isGood) throw notAuthorized(`Unable to verify secret hash for client ${client.id}`);
}

/** The same where the secret itself is sent. @throws AwsFault NotAuthorizedException */
export function checkClientSecret(client: AppClient, secret: string | undefined): void {
  if (client.secret === undefined) {
    if (secret === undefined) return;
    throw notAuthorized(`Client ${client.id} is not configured with secret but secret was received`);
  }
  if (secret === undefined) {
    throw notAuthorized(`Client ${client.id} is configured with secret but secret was not received`);
  }
  if (!isSame(client.secret, secret)) throw notAuthorized(`Unable to verify secret for client ${client.id}`);
}

function isSame(expected: string, given: string): boolean {
  const left = Buffer.from(expected);
  const right = Buffer.from(given);
  return left.length === right.length && timingSafeEqual(left, right);
}
