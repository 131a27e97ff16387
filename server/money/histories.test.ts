import * as fc from 'fast-check';
import { describe, test } from 'vitest';
import { history } from './test-history.ts';
import { createMemoryTable } from './test-memory.ts';
import { World } from './test-world.ts';

// How many: `npm run test:histories` plays 10,000 of each.
const numRuns = Number(process.env['PENNYWORTH_TEST_HISTORIES'] ?? 500);

describe.for(['dynamo', 'withoutOldItems'] as const)('by the client %s', (client) => {
  test('any history keeps every balance exact, and every limit', { timeout: 3_600_000 }, async () => {
    let memory = createMemoryTable();
    let stories = 0;
    await fc.assert(
      fc.asyncProperty(history, async (played) => {
        if (++stories % 500 === 0) memory = createMemoryTable();
        await new World(memory, memory[client], String(stories)).play(played);
      }),
      { numRuns },
    );
  });
});
