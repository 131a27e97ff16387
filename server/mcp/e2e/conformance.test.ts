import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, inject, test } from 'vitest';

// @modelcontextprotocol/conformance, its server suites, in both versions. What is not listed here has to pass.

const { keyed, packages } = inject('mcp');

/** The server asks and the client's answer is another POST, which a stateless server cannot bring together. */
const asksWithinSession = 'the 2025 revisions let a server ask in the middle of a call; that takes a session';
const sessionScenarios = {
  'tools-call-sampling': asksWithinSession,
  'tools-call-elicitation': asksWithinSession,
  'elicitation-sep1034-defaults': asksWithinSession,
  'elicitation-sep1330-enums': asksWithinSession,
};
/** Optional; the suite does not count them. */
const tasks = 'the extension "tasks" is not offered';

const suites = [
  {
    name: '0.1.16',
    program: 'conformance-1',
    args: ['--suite', 'all'],
    atLeast: 28,
    failing: sessionScenarios,
  },
  {
    name: '0.2.0-alpha.12, revision 2025-11-25',
    program: 'conformance-2',
    args: ['--requirements', '2025-11-25'],
    atLeast: 28,
    failing: sessionScenarios,
  },
  {
    name: '0.2.0-alpha.12, revision 2026-07-28',
    program: 'conformance-2',
    args: ['--requirements', '2026-07-28'],
    atLeast: 40,
    failing: {
      'tasks-lifecycle': tasks,
      'tasks-capability-negotiation': tasks,
      'tasks-wire-fields': tasks,
      'tasks-request-state-removal': tasks,
      'tasks-mrtr-input': tasks,
      'tasks-request-headers': tasks,
      'tasks-dispatch-and-envelope': tasks,
      'tasks-required-task-error': tasks,
      'tasks-mrtr-composition': tasks,
    },
  },
] as const;

/** `✓ tools-list: 3 passed, 0 failed`; the list of those that do not count has no colon. */
const line = /^([✓✗]) ([\w/-]+): (\d+) passed, (\d+) failed/gm;

describe.for(suites)('conformance $name', ({ program, args, atLeast, failing }) => {
  const file = path.join(packages, 'node_modules', program, 'dist', 'index.js');
  const { stdout, stderr } = spawnSync(process.execPath, [file, 'server', '--url', keyed, ...args], {
    encoding: 'utf8',
    cwd: packages,
  });
  const scenarios = [...stdout.matchAll(line)].map(([, mark, name = '']) => ({ name, passes: mark === '✓' }));

  test('the suite ran', ({ expect }) => {
    expect(scenarios.length, stderr.slice(-2_000)).toBeGreaterThanOrEqual(atLeast);
  });

  test.for(scenarios)('$name', ({ name, passes }, { expect }) => {
    const reason = Object.entries(failing).find(([known]) => known === name)?.[1];
    expect(passes, reason).toBe(reason === undefined);
  });
});
