import type { GroupParts } from '../../tree.ts';
import { limitOptions } from '../keys/limits.ts';

const team = { term: '<group>', about: 'its name' };
const people = { term: '<user...>', about: 'ids, e-mails, or names of service accounts' };
const models = { flags: '--models <patterns>', about: 'what its members may call (a,b); * stands for any text' };
const description = { flags: '--description <text>', about: 'what it is for' };

export const parts: GroupParts = {
  commands: [
    {
      name: 'list',
      about: 'List teams and roles with their policies',
      examples: ['pennyworth groups list', 'pennyworth groups list --json --fields name,policy'],
      result: 'list',
      load: () => import('./list.ts'),
    },
    {
      name: 'show',
      about: 'Show a team or role',
      arguments: [team],
      examples: ['pennyworth groups show research', 'pennyworth groups show research --json'],
      result: 'data',
      load: () => import('./show.ts'),
    },
    {
      name: 'create',
      about: 'Make a team',
      arguments: [{ term: '<group>', about: '1 to 64 letters, digits and . _ -' }],
      options: [models, ...limitOptions, description],
      examples: [
        'pennyworth groups create research --models "claude-*,nova-*"',
        'pennyworth groups create ops --description "Night shift"',
      ],
      result: 'data',
      load: () => import('./create.ts'),
    },
    {
      name: 'policy',
      about: 'Show what a team may call and spend, or change it',
      arguments: [team],
      options: [models, { flags: '--none', about: 'take its policy away' }, ...limitOptions, description],
      examples: ['pennyworth groups policy research', 'pennyworth groups policy research --models "claude-haiku-*"'],
      result: 'data',
      load: () => import('./policy.ts'),
    },
    {
      name: 'delete',
      about: 'Delete a team; its members stay people',
      arguments: [team],
      examples: ['pennyworth groups delete research', 'pennyworth groups delete research --yes'],
      result: 'data',
      load: () => import('./delete.ts'),
    },
    {
      name: 'add',
      about: 'Add people to a team, or give them a role',
      arguments: [team, people],
      examples: [
        'pennyworth groups add research ada@example.com',
        'pennyworth groups add research ada@example.com bob@example.com',
      ],
      result: 'data',
      load: () => import('./add.ts'),
    },
    {
      name: 'remove',
      about: 'Take people from a team, or a role from them',
      arguments: [team, people],
      examples: [
        'pennyworth groups remove research ada@example.com',
        'pennyworth groups remove admin bob@example.com --json',
      ],
      result: 'data',
      load: () => import('./remove.ts'),
    },
  ],
};
