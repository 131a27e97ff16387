import path from 'node:path';
import { inject, test } from 'vitest';
import { pythonTools, run } from '../../../bin/template/python-tools.ts';
import { oauthToken } from './oauth-token.ts';

// The client of the package `mcp` on PyPI, which tries the stateless revision first.

const { endpoint, apiKey } = inject('mcp');

test.for([
  ['auto', '2026-07-28', 'key'],
  ['legacy', '2025-11-25', 'key'],
  ['auto', '2026-07-28', 'OAuth token'],
] as const)(
  'lists, calls, follows progress, cancels and hears errors: %s, %s, %s',
  async ([mode, protocol, by], { expect }) => {
    const programs = await pythonTools('bin/mcp/python-client.txt');
    const slow = { name: 'test_tool_with_progress', arguments: {} };
    const order = JSON.stringify({ endpoint, key: by === 'key' ? apiKey : await oauthToken(), mode, slow });
    const { code, stdout, text } = await run(path.join(programs, 'python'), ['bin/mcp/python_client.py'], order);
    expect(code, text).toBe(0);
    const told = JSON.parse(stdout);
    expect(told).toMatchObject({
      protocol,
      tools: expect.arrayContaining(['list_models']),
      failed: true,
      progress: [0, 50, 100],
      unknown: expect.stringContaining('Unknown tool: no_such_tool'),
    });
    expect(told.models).toBeGreaterThan(50);
    expect(told.cancelled_after).toBeLessThan(2);
    expect(told.tools_after).toBe(told.tools.length);
  },
);
