import type { CommandSpec } from '../../command.ts';
import type { GroupSpec } from '../../tree.ts';

/** Filters that every view of the trail has. */
export const trailOptions = [
  { flags: '--actor <who>', about: 'only what this person or key did: id, or e-mail' },
  { flags: '--since <span>', about: 'from so long ago on: 7d, 12h (default: this month)' },
  { flags: '--from <when>', about: 'from a UTC day or moment on' },
  { flags: '--to <when>', about: 'up to a UTC day, inclusive, or moment' },
  { flags: '--limit <n>', about: 'at most so many (default: 50)' },
  { flags: '--follow', about: 'go on with what happens from now on, until Ctrl-C' },
];

const own: CommandSpec = {
  name: 'audit',
  about: 'Show who changed what, and who was refused, the newest first',
  options: [
    { flags: '--action <action>', about: 'only this action (key.create), or all of a thing (key, user, group)' },
    { flags: '--target <id>', about: 'only what was done to this key, person or group' },
    ...trailOptions,
  ],
  examples: [
    'pennyworth audit --since 7d --action user',
    'pennyworth audit --follow --json --fields time,actor,action,target',
  ],
  result: 'list',
  load: () => import('./show.ts'),
};

export const auditCommands: GroupSpec = {
  name: own.name,
  about: own.about,
  examples: own.examples,
  own,
  commands: [],
};
