import path from 'node:path';
import { defineConfig } from 'vitest/config';

// `npm run test:mcp`: the protocol's own conformance suites and clients of others against /mcp. They are fetched on the
// first use, so this is no part of `npm test`.
export default defineConfig({
  root: path.dirname(path.dirname(import.meta.dirname)),
  test: {
    name: 'mcp',
    include: ['server/mcp/e2e/**/*.test.ts'],
    reporters: ['default', './bin/closing-line.ts'],
    globalSetup: './bin/mcp/stack.ts',
    testTimeout: 120_000,
    hookTimeout: 300_000,
    // The suites measure how long an answer takes.
    fileParallelism: false,
  },
});
