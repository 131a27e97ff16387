import type { CognitoReader } from '../aws/cognito.ts';
import type { Clock } from '../clock.ts';
import { unavailable } from '../errors.ts';
import type { Balances } from '../money/balance.ts';
import { assemblePerson, type PersonSources } from './assemble-person.ts';
import type { People, Person } from './person.ts';

export interface PeopleOptions extends PersonSources {
  /** Has its own retries. */
  readonly cognito: CognitoReader;
  readonly userPoolId: string;
  readonly balances: Balances;
  readonly clock: Clock;
}

const freshMs = 60_000;
const staleMs = 300_000;
/** While Cognito fails, how long a stale record is used before it is asked again. */
const retryAfterFailureMs = 2_000;
const mostPeople = 5_000;
const mostAbsent = 10_000;

interface Entry {
  readonly person: Person | undefined;
  readonly readAt: number;
  readonly freshUntil: number;
}

/** Cognito as the People interface says: cached, coalesced, and outlasting an outage for those who were just here. */
export function createPeople(options: PeopleOptions): People {
  const { clock, logger } = options;
  const present = new Map<string, Entry>();
  const absent = new Map<string, Entry>();
  const loads = new Map<string, Promise<Person | undefined>>();

  const remember = (username: string, entry: Entry) => {
    present.delete(username);
    absent.delete(username);
    const [map, most] = entry.person ? [present, mostPeople] : [absent, mostAbsent];
    map.set(username, entry);
    if (map.size > most) evictOldest(map);
  };

  const load = (username: string): Promise<Person | undefined> => {
    // A load that forget() has overtaken may have read the old record: it answers its own callers and nobody else.
    const isCurrent = () => loads.get(username) === loading;
    const loading = (async () => {
      try {
        const person = await readPerson(options, username);
        const now = clock.now();
        if (isCurrent()) remember(username, { person, readAt: now, freshUntil: now + freshMs });
        return person;
      } catch (error) {
        const now = clock.now();
        const entry = present.get(username);
        if (!entry || now - entry.readAt > staleMs || !isCurrent()) throw error;
        logger.warn('person_stale', { username, age_ms: now - entry.readAt });
        remember(username, { ...entry, freshUntil: now + retryAfterFailureMs });
        return entry.person;
      } finally {
        if (isCurrent()) loads.delete(username);
      }
    })();
    loads.set(username, loading);
    return loading;
  };

  return {
    async find(username) {
      const entry = present.get(username) ?? absent.get(username);
      if (entry && clock.now() < entry.freshUntil) return entry.person;
      return loads.get(username) ?? load(username);
    },
    read: (username) => readPerson(options, username),
    forget(username) {
      present.delete(username);
      absent.delete(username);
      loads.delete(username);
    },
  };
}

function evictOldest(map: Map<string, unknown>): void {
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}

/**
 * The generation is read before the person and all that goes with them: in the other order an old record could be paired
 * with the generation of a newer one, and a revoked key would stay good until the cache ran out.
 */
async function readPerson(options: PeopleOptions, username: string): Promise<Person | undefined> {
  const { cognito, userPoolId, balances, logger } = options;
  try {
    const generation = await balances.generationOf(username);
    const [user, groups] = await Promise.all([
      cognito.adminGetUser(userPoolId, username),
      cognito.adminListGroupsForUser(userPoolId, username),
    ]);
    return user && groups && { ...(await assemblePerson(options, user, groups)), generation };
  } catch (error) {
    const cause = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    logger.error('auth_unavailable', { username, cause });
    throw unavailable('auth_unavailable', 'The sign-in service does not answer at the moment. Try again.', 2, error);
  }
}
