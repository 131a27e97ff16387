import path from 'node:path';
import { defineConfig } from 'vitest/config';

// `npm run test:lambda`: the real bundle under AWS's own runtime client. It installs that client, so it is no part of
// `npm test`.
export default defineConfig({
  root: path.dirname(path.dirname(import.meta.dirname)),
  test: {
    name: 'lambda',
    include: ['server/lambda/e2e/**/*.test.ts'],
    reporters: ['default', './bin/closing-line.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
