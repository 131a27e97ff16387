import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const server = path.resolve(import.meta.dirname, '../..');

test('nothing of the server can start a process: MCP servers are reached by HTTP alone', () => {
  const isOurs = (file: string) => !/\.test\.ts$|^local[/\\]|^contract[/\\]|[/\\]e2e[/\\]/.test(file);
  const files = globSync('**/*.ts', { cwd: server }).filter(isOurs);
  expect(files.length).toBeGreaterThan(200);
  const starts =
    /['"](node:)?(child_process|cluster|worker_threads)['"]|@modelcontextprotocol\/(client|sdk\/client)\/stdio/;
  expect(files.filter((file) => starts.test(readFileSync(path.join(server, file), 'utf8')))).toEqual([]);
});
