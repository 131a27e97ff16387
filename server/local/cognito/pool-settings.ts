import * as z from 'zod/mini';
import { invalidParameter } from './faults.ts';

export const PasswordPolicy = z.object({
  MinimumLength: z._default(z.int().check(z.gte(6), z.lte(99)), 8),
  RequireUppercase: z._default(z.boolean(), false),
  RequireLowercase: z._default(z.boolean(), false),
  RequireNumbers: z._default(z.boolean(), false),
  RequireSymbols: z._default(z.boolean(), false),
  TemporaryPasswordValidityDays: z.optional(z.int().check(z.gte(0), z.lte(365))),
});
export type PasswordPolicy = z.infer<typeof PasswordPolicy>;

/** A pool that says nothing about passwords asks for 8 characters of all four kinds. */
const defaultPasswordPolicy: PasswordPolicy = {
  MinimumLength: 8,
  RequireUppercase: true,
  RequireLowercase: true,
  RequireNumbers: true,
  RequireSymbols: true,
};

/** What CreateUserPool and UpdateUserPool share. Members that change nothing here are kept and shown again. */
export const PoolUpdate = z.looseObject({
  Policies: z.optional(z.looseObject({ PasswordPolicy: z.optional(PasswordPolicy) })),
  DeletionProtection: z.optional(z.enum(['ACTIVE', 'INACTIVE'])),
  AutoVerifiedAttributes: z.optional(z.array(z.enum(['email', 'phone_number']))),
  MfaConfiguration: z._default(z.enum(['OFF', 'ON', 'OPTIONAL']), 'OFF'),
  AdminCreateUserConfig: z.optional(
    z.looseObject({
      AllowAdminCreateUserOnly: z.optional(z.boolean()),
      UnusedAccountValidityDays: z.optional(z.int().check(z.gte(0), z.lte(365))),
    }),
  ),
  UserPoolTags: z.optional(z.record(z.string(), z.string())),
});

export const PoolSettings = z.extend(PoolUpdate, {
  Name: z.string().check(z.minLength(1), z.maxLength(128)),
  AliasAttributes: z.optional(z.array(z.enum(['email', 'phone_number', 'preferred_username']))),
  UsernameConfiguration: z.optional(z.object({ CaseSensitive: z.boolean() })),
});
export type PoolSettings = z.infer<typeof PoolSettings>;

const Validities = z.pick(PoolUpdate, { Policies: true, AdminCreateUserConfig: true });

/**
 * Settings that would change what the pool does, and that this emulator would not act on, are refused by name.
 * @throws AwsFault InvalidParameterException
 */
export function checkEmulated(settings: Readonly<Record<string, unknown>>): void {
  const isEmpty = (value: unknown) =>
    value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
  for (const name of ['LambdaConfig', 'UsernameAttributes', 'DeviceConfiguration', 'SmsConfiguration']) {
    if (!isEmpty(settings[name])) throw invalidParameter(`${name} is not available in the local emulator.`);
  }
  const { data } = z.safeParse(Validities, settings);
  const [days, older] = [
    data?.Policies?.PasswordPolicy?.TemporaryPasswordValidityDays,
    data?.AdminCreateUserConfig?.UnusedAccountValidityDays,
  ];
  if (days !== undefined && older !== undefined) {
    throw invalidParameter(
      'Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays',
    );
  }
  const aliases = settings['AliasAttributes'];
  if (Array.isArray(aliases) && aliases.some((name) => name !== 'email')) {
    throw invalidParameter('Only email is available in AliasAttributes in the local emulator.');
  }
}

export function isCaseSensitive(settings: PoolSettings): boolean {
  return settings.UsernameConfiguration?.CaseSensitive ?? true;
}

export function passwordPolicyOf(settings: PoolSettings): PasswordPolicy {
  return settings.Policies?.PasswordPolicy ?? defaultPasswordPolicy;
}

export function hasEmailAlias(settings: PoolSettings): boolean {
  return settings.AliasAttributes?.includes('email') ?? false;
}

/** How long a temporary password is good, in days; the newer of the two settings for it counts. */
export function temporaryDaysOf(settings: PoolSettings): number {
  const { TemporaryPasswordValidityDays: days } = passwordPolicyOf(settings);
  return days ?? settings.AdminCreateUserConfig?.UnusedAccountValidityDays ?? 7;
}
