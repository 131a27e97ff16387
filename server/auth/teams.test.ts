import { test } from 'vitest';
import { payingTeamOf, payingTeamOfKey } from './teams.ts';

test.for([
  ['nobody', [], undefined, undefined, null],
  ['an administrator in no team', ['admin', 'auditor'], undefined, undefined, null],
  ['one team', ['admin', 'red'], undefined, undefined, 'red'],
  ['of two the first by name', ['red', 'blue'], undefined, undefined, 'blue'],
  ['of two the one that the policy names', ['blue', 'red'], 'red', undefined, 'red'],
  ['not one that the person has left', ['blue'], 'red', undefined, 'blue'],
  ['not a role', ['admin', 'red'], 'admin', undefined, 'red'],
  ['what the key names', ['blue', 'red'], undefined, 'red', 'red'],
  ['what the key names, also where its owner has left it', ['blue'], undefined, 'red', 'red'],
] as const)('pays: %s', ([, groups, team, t, paying], { expect }) => {
  const member = { groups, policy: team === undefined ? null : { v: 1 as const, team } };
  expect(payingTeamOfKey(member, t === undefined ? {} : { t })).toBe(paying);
  if (t === undefined) expect(payingTeamOf(member)).toBe(paying);
});
