import type {
  CognitoIdentityProviderClient,
  CognitoIdentityProviderClientConfig,
} from '@aws-sdk/client-cognito-identity-provider';
import { unavailable } from '../errors.ts';
import type { Logger } from '../observe/logger.ts';
import { slotAttribute } from '../people/slots.ts';
import type { StoredKey } from './stored-key.ts';

export interface SlotWriter {
  /**
   * Writes exactly one attribute: Cognito merges attributes, so writers of different slots cannot undo each other.
   * @throws GatewayError 503 `auth_unavailable` when Cognito does not take it within `timeoutMs`.
   */
  write(username: string, slot: number, key: StoredKey, timeoutMs: number): Promise<void>;
}

/** Key changes are rare, so the SDK's client is loaded with the first of them. */
export function createSlotWriter(options: {
  readonly userPoolId: string;
  readonly clientConfig: CognitoIdentityProviderClientConfig;
  readonly logger: Logger;
}): SlotWriter {
  let client: CognitoIdentityProviderClient | undefined;
  return {
    async write(username, slot, key, timeoutMs) {
      const sdk = await import('@aws-sdk/client-cognito-identity-provider');
      client ??= new sdk.CognitoIdentityProviderClient(options.clientConfig);
      const command = new sdk.AdminUpdateUserAttributesCommand({
        UserPoolId: options.userPoolId,
        Username: username,
        UserAttributes: [{ Name: slotAttribute(slot), Value: JSON.stringify(key) }],
      });
      try {
        await client.send(command, { abortSignal: AbortSignal.timeout(timeoutMs) });
      } catch (error) {
        const cause = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
        options.logger.error('key_write_failed', { username, slot, cause });
        throw unavailable('auth_unavailable', 'The sign-in service did not take the change. Try again.', 2, error);
      }
    },
  };
}
