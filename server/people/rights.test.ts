import { describe, test } from 'vitest';
import type { Policy } from './policy.ts';
import { rightsOf } from './rights.ts';

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
    expect(rightsOf({ groups: ['red', 'admin'], policy }, teams, standard)).toEqual({ models, teams: ['red'] });
  });
});
