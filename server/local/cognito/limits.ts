import { AwsFault } from '../emulator.ts';

/** The groups in which Cognito counts operations against an account's quota. */
export type Category =
  | 'UserAuthentication'
  | 'UserCreation'
  | 'UserRead'
  | 'UserUpdate'
  | 'UserList'
  | 'UserToken'
  | 'UserResourceRead'
  | 'UserResourceUpdate'
  | 'UserPoolRead'
  | 'UserPoolUpdate'
  | 'UserPoolClientRead'
  | 'UserPoolClientUpdate';

/** Operations per second; what is left out is not limited. */
export interface CognitoLimits {
  /** For all pools together. */
  readonly account?: Partial<Record<Category, number>>;
  /** For each person on their own. */
  readonly user?: { readonly read?: number; readonly write?: number };
}

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
  const take = (name: string, perSecond: number | undefined) => {
    if (perSecond === undefined) return;
    const time = now();
    const bucket = buckets.get(name) ?? { tokens: perSecond, filledAt: time };
    buckets.set(name, bucket);
    bucket.tokens = Math.min(perSecond, bucket.tokens + ((time - bucket.filledAt) / 1000) * perSecond);
    bucket.filledAt = time;
    if (bucket.tokens < 1) throw new AwsFault('TooManyRequestsException', 'Rate exceeded');
    bucket.tokens -= 1;
  };
  return {
    countCall: (category) => take(category, limits.account?.[category]),
    countUser: (key, use) => take(`${use} ${key}`, limits.user?.[use]),
  };
}
