import type { GroupParts } from '../../tree.ts';

export const parts: GroupParts = {
  commands: [
    {
      name: 'serve',
      about: 'Bring the gateway’s tools to a program that can only start others (stdio)',
      examples: ['pennyworth mcp serve', 'pennyworth mcp serve --profile work'],
      result: 'data',
      load: () => import('./serve.ts'),
    },
    {
      name: 'tools',
      about: 'List the tools that you may call',
      examples: ['pennyworth mcp tools', 'pennyworth mcp tools --json --fields name,inputSchema'],
      result: 'list',
      load: () => import('./tools.ts'),
    },
    {
      name: 'call',
      about: 'Call a tool',
      arguments: [
        { term: '<tool>', about: 'its name (pennyworth mcp tools)' },
        { term: '[arguments]', about: 'a JSON object; -: read it from stdin; none: {}' },
      ],
      examples: [
        'pennyworth mcp call list_models --json',
        'echo \'{"model":"nova-lite","prompt":"Hi"}\' | pennyworth mcp call chat -',
      ],
      result: 'data',
      load: () => import('./call.ts'),
    },
  ],
};
