import type { GroupParts, GroupSpec } from '../../tree.ts';
import { limitOptions } from '../keys/limits.ts';

const user = { term: '<user>', about: 'id, e-mail, or the name of a service account' };
const noInvite = { flags: '--no-invite', about: 'send no e-mail; print a temporary password on stdout, once' };

const groups: GroupSpec = {
  name: 'groups',
  about: 'See and change which groups somebody is in',
  examples: ['pennyworth users groups list ada@example.com', 'pennyworth users groups add ada@example.com research'],
  commands: [
    {
      name: 'list',
      about: 'List the groups somebody is in',
      arguments: [user],
      examples: ['pennyworth users groups list ada@example.com', 'pennyworth users groups list ada@example.com --json'],
      result: 'list',
      load: () => import('./groups/list.ts'),
    },
    {
      name: 'add',
      about: 'Put somebody into a team, or give them a role',
      arguments: [user, { term: '<group>', about: 'a team, or admin or auditor' }],
      examples: [
        'pennyworth users groups add ada@example.com research',
        'pennyworth users groups add bob@example.com auditor --json',
      ],
      result: 'data',
      load: () => import('./groups/add.ts'),
    },
    {
      name: 'remove',
      about: 'Take somebody from a team, or a role from them',
      arguments: [user, { term: '<group>', about: 'a team, or admin or auditor' }],
      examples: [
        'pennyworth users groups remove ada@example.com research',
        'pennyworth users groups remove bob@example.com admin --json',
      ],
      result: 'data',
      load: () => import('./groups/remove.ts'),
    },
  ],
};

const policy: GroupSpec = {
  name: 'policy',
  about: 'See and set what somebody may call',
  examples: [
    'pennyworth users policy show ada@example.com',
    'pennyworth users policy set ada@example.com --models "claude-*"',
  ],
  commands: [
    {
      name: 'show',
      about: 'Show somebody’s own policy, and what all policies together let them call',
      arguments: [user],
      examples: ['pennyworth users policy show ada@example.com', 'pennyworth users policy show ada@example.com --json'],
      result: 'data',
      load: () => import('./policy/show.ts'),
    },
    {
      name: 'set',
      about: 'Change somebody’s own policy; it comes before those of their teams',
      arguments: [user],
      options: [
        { flags: '--models <patterns>', about: 'what they may call (a,b); * stands for any text' },
        { flags: '--team <team>', about: 'which of their teams pays' },
        ...limitOptions,
        { flags: '--none', about: 'take it away: those of their teams hold' },
      ],
      examples: [
        'pennyworth users policy set ada@example.com --models "claude-*,nova-lite"',
        'pennyworth users policy set ada@example.com --none',
      ],
      result: 'data',
      load: () => import('./policy/set.ts'),
    },
  ],
};

export const parts: GroupParts = {
  commands: [
    {
      name: 'create',
      about: 'Invite a person by e-mail, or make a service account',
      arguments: [{ term: '[email]', about: 'whom to invite' }],
      options: [
        { flags: '--service <name>', about: 'make a service account: it owns keys, and nobody signs in to it' },
        { flags: '--groups <names>', about: 'teams and roles from the start (a,b)' },
        noInvite,
      ],
      examples: [
        'pennyworth users create ada@example.com --groups research',
        'pennyworth users create --service nightly-batch --json',
      ],
      result: 'data',
      load: () => import('./create.ts'),
    },
    {
      name: 'list',
      about: 'List people and service accounts',
      options: [
        { flags: '--group <name>', about: 'only members of this team or role' },
        { flags: '--status <status>', about: 'active, invited or disabled' },
        { flags: '--limit <n>', about: 'at most so many' },
      ],
      examples: ['pennyworth users list', 'pennyworth users list --group research --csv > research.csv'],
      result: 'list',
      load: () => import('./list.ts'),
    },
    {
      name: 'show',
      about: 'Show somebody',
      arguments: [user],
      examples: ['pennyworth users show ada@example.com', 'pennyworth users show nightly-batch --json'],
      result: 'data',
      load: () => import('./show.ts'),
    },
    {
      name: 'disable',
      about: 'Suspend somebody and their keys; enabling brings both back',
      arguments: [user],
      examples: ['pennyworth users disable ada@example.com', 'pennyworth users disable ada@example.com --yes'],
      result: 'data',
      load: () => import('./disable.ts'),
    },
    {
      name: 'enable',
      about: 'Let somebody and their keys in again',
      arguments: [user],
      examples: ['pennyworth users enable ada@example.com', 'pennyworth users enable ada@example.com --json'],
      result: 'data',
      load: () => import('./enable.ts'),
    },
    {
      name: 'delete',
      about: 'Delete somebody and their keys, for ever; you type the e-mail',
      arguments: [user],
      examples: ['pennyworth users delete ada@example.com', 'pennyworth users delete nightly-batch --yes'],
      result: 'data',
      load: () => import('./delete.ts'),
    },
    {
      name: 'invite',
      about: 'Invite somebody again who has not signed in yet',
      arguments: [user],
      options: [noInvite],
      examples: ['pennyworth users invite ada@example.com', 'pennyworth users invite ada@example.com --no-invite'],
      result: 'data',
      load: () => import('./invite.ts'),
    },
    {
      name: 'reset-mfa',
      about: 'Forget the second factor of somebody who has lost their authenticator app',
      arguments: [user],
      examples: ['pennyworth users reset-mfa ada@example.com', 'pennyworth users reset-mfa ada@example.com --yes'],
      result: 'data',
      load: () => import('./reset-mfa.ts'),
    },
  ],
  groups: [groups, policy],
};
