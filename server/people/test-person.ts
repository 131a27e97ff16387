import type { Person } from './person.ts';
import { unlimited } from './test-rights.ts';

/** Somebody without keys and teams whom nothing limits, for tests that need a person and no service. */
export const testPerson: Person = {
  username: 'b81f7aa2-42a5-4b6b-9f0e-0d3f3a5a9c11',
  email: 'ann@example.com',
  name: null,
  enabled: true,
  mfa: false,
  groups: [],
  policy: null,
  rights: { ...unlimited, models: ['*'], teams: [] },
  keys: new Map(),
  unreadableSlots: new Set(),
  generation: 17,
};
