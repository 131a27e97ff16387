import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { signInFiles } from './examples.ts';
import { ScriptedGateway } from './gateway.ts';
import { Terminal } from './terminal.ts';

/**
 * For all tests of a file: a gateway without answers, and a machine signed in at it, both as new for each test.
 * @param isSignedIn false: nobody has signed in on the machine yet
 */
export function setUpTerminal({ isSignedIn = true } = {}): {
  readonly gateway: ScriptedGateway;
  readonly terminal: Terminal;
} {
  const gateway = new ScriptedGateway();
  const terminal = new Terminal();
  beforeAll(() => gateway.start());
  afterAll(() => gateway.stop());
  beforeEach(() => {
    gateway.reset();
    terminal.renew();
    if (isSignedIn) signInFiles(terminal.folder, gateway.url);
  });
  afterEach(() => terminal.remove());
  return { gateway, terminal };
}

/** For all tests of a file: a new folder for each. @returns the path of what lies in it by that name; without one, its own */
export function setUpFolder(): (name?: string) => string {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'pennyworth-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  return (name = '') => path.join(folder, name);
}
