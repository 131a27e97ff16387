import * as z from 'zod/mini';
import { invalidParameter } from './faults.ts';
import { getPool, type Operation, operation } from './operation.ts';
import type { Pool } from './state.ts';

const PoolId = z.object({ UserPoolId: z.string() });
const Demand = z.enum(['OFF', 'ON', 'OPTIONAL']);

/** What a pool offers and demands as second factor. Texts by SMS are not emulated. */
export const poolMfaOperations: Readonly<Record<string, Operation>> = {
  GetUserPoolMfaConfig: operation('signed', 'UserPoolResourceRead', PoolId, (context, { UserPoolId }) =>
    toDescription(getPool(context, UserPoolId)),
  ),
  SetUserPoolMfaConfig: operation(
    'signed',
    'UserPoolResourceUpdate',
    z.extend(PoolId, {
      MfaConfiguration: z.optional(Demand),
      SoftwareTokenMfaConfiguration: z.optional(z.object({ Enabled: z._default(z.boolean(), false) })),
      EmailMfaConfiguration: z.optional(
        z.object({
          Message: z.optional(z.string().check(z.minLength(6), z.maxLength(20_000), z.includes('{####}'))),
          Subject: z.optional(z.string().check(z.minLength(1), z.maxLength(140))),
        }),
      ),
      SmsMfaConfiguration: z.optional(z.unknown()),
      WebAuthnConfiguration: z.optional(z.unknown()),
    }),
    (context, input) => {
      const pool = getPool(context, input.UserPoolId);
      for (const name of ['SmsMfaConfiguration', 'WebAuthnConfiguration'] as const) {
        if (input[name] !== undefined) throw invalidParameter(`${name} is not available in the local emulator.`);
      }
      const MfaConfiguration = input.MfaConfiguration ?? pool.settings.MfaConfiguration;
      const softwareToken = input.SoftwareTokenMfaConfiguration?.Enabled ?? pool.mfa?.softwareToken ?? false;
      const email = input.EmailMfaConfiguration ?? pool.mfa?.email;
      if (MfaConfiguration === 'OFF' && (input.SoftwareTokenMfaConfiguration?.Enabled || input.EmailMfaConfiguration)) {
        throw invalidParameter("Invalid MFA configuration given, can't turn off MFA and configure an MFA together.");
      }
      if (MfaConfiguration !== 'OFF' && !softwareToken && email === undefined) {
        throw invalidParameter(
          "Invalid MFA configuration given, can't disable all MFAs with a required or optional configuration.",
        );
      }
      const next = {
        ...pool,
        settings: { ...pool.settings, MfaConfiguration },
        mfa: { softwareToken, email },
        modifiedAt: context.now(),
      };
      context.state.pools.put(next);
      return toDescription(next);
    },
  ),
};

/**
 * A pool cannot be made with a second factor other than by SMS: that is what SetUserPoolMfaConfig is for.
 * @throws AwsFault InvalidParameterException
 */
export function checkDemand(demand: Pool['settings']['MfaConfiguration'], mfa: Pool['mfa']): void {
  if (demand === 'OFF' || mfa?.softwareToken || mfa?.email) return;
  throw invalidParameter(
    'SMS configuration and Auto verification for phone_number are required when MFA is required/optional',
  );
}

function toDescription({ settings, mfa }: Pool): Record<string, unknown> {
  return {
    ...(mfa && { SoftwareTokenMfaConfiguration: { Enabled: mfa.softwareToken } }),
    ...(mfa?.email && { EmailMfaConfiguration: mfa.email }),
    MfaConfiguration: settings.MfaConfiguration,
  };
}
