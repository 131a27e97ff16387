import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// Three projects: `unit` beside the code, `contract` against one local stack on a loopback port, `e2e` for whole
// programs (the built command line, start-up, signals). Time limits are hang guards, not bars.
export default defineConfig({
  test: {
    reporters: ['default', './bin/closing-line.ts'],
    // Most of a test's time is waiting; vitest's own choice leaves one core idle, which is half of a small machine.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{shared,server,cli,bin,doc}/**/*.test.ts'],
          exclude: ['**/contract/**', '**/e2e/**'],
        },
      },
      {
        extends: true,
        test: {
          name: 'contract',
          include: ['server/contract/**/*.test.ts'],
          globalSetup: './server/contract/stack.ts',
        },
      },
      { extends: true, test: { name: 'e2e', include: ['cli/e2e/**/*.test.ts'] } },
    ],
  },
});
