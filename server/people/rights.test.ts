import { describe, test } from 'vitest';
import type { Policy } from './policy.ts';
import { rightsOf } from './rights.ts';
import { unlimited } from './test-rights.ts';

const naming = (...models: string[]): Policy => ({ v: 1, models });
const silent: Policy = { v: 1, team: 'red' };

describe('rightsOf', () => {
  test.for([
    ['nobody says anything', null, [], undefined, ['*']],
    ['only the deployment does', null, [], ['nova-*'], ['nova-*']],
    ['one team does', null, [naming('claude-*')], ['nova-*'], ['claude-*']],
    ['several teams do', null, [naming('a', 'b'), naming('b', 'c')], ['nova-*'], ['a', 'b', 'c']],
    ['one team does and one is silent', null, [naming('a'), silent], undefined, ['a']],
    ['all teams are silent', null, [silent], ['nova-*'], ['nova-*']],
    ['a team allows nothing', null, [naming()], ['nova-*'], []],
    ['the person and their teams do', naming('b'), [naming('a')], ['nova-*'], ['b']],
    ['the person is silent', silent, [naming('a')], ['nova-*'], ['a']],
    ['the person may do nothing', naming(), [naming('a')], undefined, []],
  ] as const)('when %s', ([, policy, teams, standard, models], { expect }) => {
    const ofTeams = teams.map((each, index) => ({ ...each, name: `team-${index}`, generation: 1, isCounted: false }));
    const defaults = { models: standard };
    const rights = rightsOf({ groups: ['red', 'admin'], policy }, ofTeams, defaults);
    expect(rights).toEqual({ ...unlimited, models, teams: ['red'] });
  });
});

describe('limits', () => {
  const person = (policy: Policy | null) => ({ groups: ['red', 'blue'], policy });

  test('are those of the own policy, else the default ones', ({ expect }) => {
    const defaults = { limits: { month: 7 } };
    expect(rightsOf(person({ v: 1, limits: { d: 1, r: 2 } }), [], defaults).limits).toMatchObject({ day: 1, rpm: 2 });
    expect(rightsOf(person({ v: 1, models: ['a'] }), [], defaults).limits).toEqual({ month: 7 });
    expect(rightsOf(person(null), []).limits).toEqual({});
  });

  test('of a team are the team’s, with the number of its policy', ({ expect }) => {
    const red = { v: 1 as const, name: 'red', generation: 4, isCounted: true, limits: { t: 9 } };
    const blue = { v: 1 as const, name: 'blue', generation: 2, isCounted: false, models: ['a'] };
    expect([...rightsOf(person(null), [red, blue]).teamLimits]).toEqual([
      ['red', { name: 'red', generation: 4, limits: expect.objectContaining({ total: 9 }) }],
    ]);
  });
});
