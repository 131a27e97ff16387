import path from 'node:path';
import { defineConfig } from 'vitest/config';

// `npm run test:oracles`: tests of `npm test`, the same files, with programs of others in place of our emulators. They
// are fetched on the first use, so this is no part of `npm test`. What may differ is listed in differences.ts.

/** What the server keeps in DynamoDB, and what our emulator of it says of itself. */
const dynamo = [
  'server/auth/{authenticate,secret-store}.test.ts',
  'server/idempotency/answer-once.test.ts',
  'server/keys/{key-service,once}.test.ts',
  'server/money/{budgets,rates,open-calls,dynamo-*}.test.ts',
  'server/money/report.test.ts',
  'server/people/cognito-people.test.ts',
  'server/providers/bedrock/verdicts.test.ts',
  'server/stored/sealed-store.test.ts',
  'server/local/dynamodb/{emulator,pages}.test.ts',
];
/** The same for S3 and SSM, and the one user of Cognito that keeps nothing in DynamoDB. moto's Cognito refuses too little to judge ours. */
const others = ['server/lambda/first-admin.test.ts', 'server/local/{s3,ssm}/emulator.test.ts'];

export default defineConfig({
  root: path.dirname(path.dirname(import.meta.dirname)),
  test: {
    setupFiles: ['./bin/oracles/expect-differences.ts'],
    reporters: ['default', './bin/closing-line.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    projects: [
      { extends: true, test: { name: 'moto', include: [...dynamo, ...others], globalSetup: './bin/oracles/moto.ts' } },
      {
        extends: true,
        test: { name: 'dynamodb-local', include: dynamo, globalSetup: './bin/oracles/dynamodb-local.ts' },
      },
    ],
  },
});
