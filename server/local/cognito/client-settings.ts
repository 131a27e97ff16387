import * as z from 'zod/mini';
import { invalidParameter } from './faults.ts';

const TimeUnit = z.enum(['seconds', 'minutes', 'hours', 'days']);
type TimeUnit = z.infer<typeof TimeUnit>;

/** What CreateUserPoolClient and UpdateUserPoolClient share. Members that change nothing here are kept and shown again. */
export const ClientSettings = z.looseObject({
  ClientName: z.string().check(z.minLength(1), z.maxLength(128)),
  RefreshTokenValidity: z._default(z.int().check(z.gte(0), z.lte(315_360_000)), 30),
  AccessTokenValidity: z.optional(z.int().check(z.gte(1), z.lte(86_400))),
  IdTokenValidity: z.optional(z.int().check(z.gte(1), z.lte(86_400))),
  TokenValidityUnits: z.optional(
    z.object({
      AccessToken: z.optional(TimeUnit),
      IdToken: z.optional(TimeUnit),
      RefreshToken: z.optional(TimeUnit),
    }),
  ),
  ReadAttributes: z.optional(z.array(z.string())),
  WriteAttributes: z.optional(z.array(z.string())),
  ExplicitAuthFlows: z.optional(z.array(z.string())),
  PreventUserExistenceErrors: z._default(z.enum(['LEGACY', 'ENABLED']), 'LEGACY'),
  EnableTokenRevocation: z._default(z.boolean(), true),
  AuthSessionValidity: z._default(z.int().check(z.gte(3), z.lte(15)), 3),
  AllowedOAuthFlowsUserPoolClient: z._default(z.boolean(), false),
  AllowedOAuthFlows: z.optional(z.array(z.enum(['code', 'implicit', 'client_credentials'])).check(z.maxLength(3))),
  AllowedOAuthScopes: z.optional(z.array(z.string()).check(z.maxLength(50))),
  CallbackURLs: z.optional(z.array(z.string()).check(z.maxLength(100))),
  LogoutURLs: z.optional(z.array(z.string()).check(z.maxLength(100))),
  RefreshTokenRotation: z.optional(
    z.object({
      Feature: z.enum(['ENABLED', 'DISABLED']),
      RetryGracePeriodSeconds: z._default(z.int().check(z.gte(0), z.lte(60)), 0),
    }),
  ),
});
export type ClientSettings = z.infer<typeof ClientSettings>;

const msPerUnit: Readonly<Record<TimeUnit, number>> = {
  seconds: 1000,
  minutes: 60_000,
  hours: 3_600_000,
  days: 86_400_000,
};

const defaultFlows: readonly string[] = ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH', 'ALLOW_CUSTOM_AUTH'];
const emulatedFlows: ReadonlySet<string> = new Set(defaultFlows);

export interface Lifetimes {
  readonly accessMs: number;
  readonly idMs: number;
  readonly refreshMs: number;
}

/** Units default to hours for access and ID tokens and to days for refresh tokens; a refresh validity of 0 means 30 days. */
export function lifetimesOf(settings: ClientSettings): Lifetimes {
  const units = settings.TokenValidityUnits ?? {};
  return {
    accessMs: (settings.AccessTokenValidity ?? 1) * unitMs(settings.AccessTokenValidity, units.AccessToken, 'hours'),
    idMs: (settings.IdTokenValidity ?? 1) * unitMs(settings.IdTokenValidity, units.IdToken, 'hours'),
    refreshMs:
      settings.RefreshTokenValidity === 0
        ? 30 * msPerUnit.days
        : settings.RefreshTokenValidity * msPerUnit[units.RefreshToken ?? 'days'],
  };
}

/** A validity that is left out is one hour, whatever unit is named beside it. */
function unitMs(value: number | undefined, unit: TimeUnit | undefined, fallback: TimeUnit): number {
  return msPerUnit[value === undefined ? fallback : (unit ?? fallback)];
}

export function allowsFlow(
  settings: ClientSettings,
  flow: 'ALLOW_USER_SRP_AUTH' | 'ALLOW_REFRESH_TOKEN_AUTH',
): boolean {
  return (settings.ExplicitAuthFlows ?? defaultFlows).includes(flow);
}

export function rotatesRefreshTokens(settings: ClientSettings): boolean {
  return settings.RefreshTokenRotation?.Feature === 'ENABLED';
}

/**
 * Access and ID tokens live 5 minutes to a day, refresh tokens an hour to ten years and never shorter than the others.
 * @throws AwsFault InvalidParameterException
 */
export function checkClientSettings(settings: ClientSettings): void {
  const { accessMs, idMs, refreshMs } = lifetimesOf(settings);
  for (const [name, ms] of [
    ['AccessToken', accessMs],
    ['IdToken', idMs],
  ] as const) {
    if (ms < 5 * msPerUnit.minutes || ms > msPerUnit.days) {
      throw invalidParameter(`Invalid range for token validity: ${name} must be between 5 minutes and 1 day.`);
    }
  }
  if (refreshMs < msPerUnit.hours || refreshMs > 3650 * msPerUnit.days) {
    throw invalidParameter('Invalid range for token validity: RefreshToken must be between 60 minutes and 3650 days.');
  }
  if (refreshMs < Math.max(accessMs, idMs)) {
    throw invalidParameter('The refresh token must not expire before the access and ID tokens.');
  }
  const { ExplicitAuthFlows: flows } = settings;
  const unknown = flows?.find((flow) => !emulatedFlows.has(flow));
  if (unknown !== undefined) throw invalidParameter(`${unknown} is not available in the local emulator.`);
  if (rotatesRefreshTokens(settings) && flows?.includes('ALLOW_REFRESH_TOKEN_AUTH')) {
    throw invalidParameter('ALLOW_REFRESH_TOKEN_AUTH cannot be combined with refresh token rotation.');
  }
}
