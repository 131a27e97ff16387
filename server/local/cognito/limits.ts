import { AwsFault } from '../emulator.ts';

/**
 * What Cognito grants an account that has asked for no more, in operations per second: "Quotas in Amazon Cognito" in its
 * developer guide, by the categories in which it counts. They are in force only where they are given as limits.
 */
const defaultRates = {
  UserAuthentication: 120,
  UserCreation: 50,
  UserAccountRecovery: 30,
  UserRead: 120,
  UserUpdate: 25,
  UserList: 30,
  UserToken: 120,
  UserResourceRead: 50,
  UserResourceUpdate: 25,
  UserPoolRead: 15,
  UserPoolUpdate: 15,
  UserPoolResourceRead: 20,
  UserPoolResourceUpdate: 15,
  UserPoolClientRead: 15,
  UserPoolClientUpdate: 15,
} as const;

type Quota = keyof typeof defaultRates;

/** RespondToAuthChallenge has a quota of its own, derived from that of sign-ins. */
export type Category = Quota | 'ChallengeResponse';

/** Answers to challenges that are free with every sign-in. */
const answersPerSignIn = 3;

/** Operations per second; what is left out is not limited. */
export interface CognitoLimits {
  /** For all pools together. */
  readonly account?: Partial<Record<Quota, number>>;
  /** For each person on their own. */
  readonly user?: { readonly read?: number; readonly write?: number };
}

/** Those of an account nobody has raised; for each person ten reads and ten writes. */
export const defaultLimits: CognitoLimits = { account: defaultRates, user: { read: 10, write: 10 } };

export interface Throttle {
  /** @throws AwsFault TooManyRequestsException */
  countCall(category: Category): void;
  /** @throws AwsFault TooManyRequestsException */
  countUser(key: string, use: 'read' | 'write'): void;
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** Token buckets that hold one second's worth. The limits are read at every call, so a test may change them meanwhile. */
export function createThrottle(limits: CognitoLimits, now: () => number): Throttle {
  const buckets = new Map<string, Bucket>();
  const isFree = (name: string, perSecond: number | undefined): boolean => {
    if (perSecond === undefined) return true;
    const time = now();
    const bucket = buckets.get(name) ?? { tokens: perSecond, filledAt: time };
    buckets.set(name, bucket);
    bucket.tokens = Math.min(perSecond, bucket.tokens + ((time - bucket.filledAt) / 1000) * perSecond);
    bucket.filledAt = time;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  };
  const take = (name: string, perSecond: number | undefined) => {
    if (!isFree(name, perSecond)) throw new AwsFault('TooManyRequestsException', 'Rate exceeded');
  };
  return {
    countCall(category) {
      const quota = category === 'ChallengeResponse' ? 'UserAuthentication' : category;
      const perSecond = limits.account?.[quota];
      if (category === 'ChallengeResponse' && perSecond !== undefined) {
        // What goes beyond counts as sign-ins.
        if (isFree(category, answersPerSignIn * perSecond)) return;
      }
      take(quota, perSecond);
    },
    countUser: (key, use) => take(`${use} ${key}`, limits.user?.[use]),
  };
}
