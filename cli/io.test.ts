import { describe, test } from 'vitest';
import { decideColorLevel, type Environment } from './io.ts';

describe('colours', () => {
  test.for([
    [{}, true, true, 1],
    [{ TERM: 'xterm-256color' }, true, true, 2],
    [{ COLORTERM: 'truecolor' }, true, true, 3],
    [{}, false, true, 0],
    [{}, true, false, 0],
    [{ NO_COLOR: '1' }, true, true, 0],
    [{ NO_COLOR: '' }, true, true, 1],
    [{ NO_COLOR: '1', FORCE_COLOR: '3' }, true, true, 0],
    [{ FORCE_COLOR: '1' }, false, true, 1],
    [{ FORCE_COLOR: '' }, false, true, 1],
    [{ FORCE_COLOR: 'true' }, false, true, 1],
    [{ FORCE_COLOR: '2' }, false, true, 2],
    [{ FORCE_COLOR: '3' }, false, true, 3],
    [{ FORCE_COLOR: '0' }, true, true, 0],
    [{ FORCE_COLOR: 'false' }, true, true, 0],
    [{ FORCE_COLOR: '3' }, true, false, 0],
    [{ CLICOLOR: '0' }, true, true, 0],
    [{ CLICOLOR: '1' }, true, true, 1],
    [{ CLICOLOR_FORCE: '1' }, false, true, 1],
    [{ CLICOLOR_FORCE: '0' }, false, true, 0],
    [{ CLICOLOR_FORCE: '1', CLICOLOR: '0' }, true, true, 1],
    [{ TERM: 'dumb' }, true, true, 0],
    [{ TERM: 'dumb', FORCE_COLOR: '1' }, true, true, 1],
  ] as const)('%j, terminal %s, allowed %s: level %s', ([env, isTty, allowed, level], { expect }) => {
    expect(decideColorLevel(env satisfies Environment, isTty, allowed)).toBe(level);
  });
});
