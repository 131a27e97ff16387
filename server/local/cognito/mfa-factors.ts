import type { MfaFactor, Pool, User } from './state.ts';

/** Second factors that a pool offers; none while its MFA is off. */
export function settableFactors(pool: Pool): MfaFactor[] {
  if (pool.settings.MfaConfiguration === 'OFF') return [];
  return [
    ...(pool.mfa?.softwareToken ? (['SOFTWARE_TOKEN_MFA'] as const) : []),
    ...(pool.mfa?.email ? (['EMAIL_OTP'] as const) : []),
  ];
}

/**
 * Second factors that a person is asked for. A token that was verified while the pool offered tokens stays good when it
 * no longer does ("TOTP software token MFA" in the developer guide); a pool that demands a factor takes a verified token
 * without the person's having chosen it.
 */
export function factorsOf(pool: Pool, user: User): MfaFactor[] {
  const { MfaConfiguration: demand } = pool.settings;
  if (demand === 'OFF') return [];
  const chosen = user.mfaSettings.filter((factor) => isReady(pool, user, factor));
  return chosen.length === 0 && demand === 'ON' && isReady(pool, user, 'SOFTWARE_TOKEN_MFA')
    ? ['SOFTWARE_TOKEN_MFA']
    : chosen;
}

/** Whether a person has what the factor needs. */
export function isReady(pool: Pool, user: User, factor: MfaFactor): boolean {
  if (factor === 'SOFTWARE_TOKEN_MFA') return user.softwareToken !== undefined;
  return pool.mfa?.email !== undefined && user.attributes['email_verified'] === 'true' && !!user.attributes['email'];
}
