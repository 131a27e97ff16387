// Every npm script starts here: `node bin/run.js <task> [arguments]`. Plain JavaScript until the Node is current.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureNode } from './launch.js';

await ensureNode();
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const separator = path.delimiter;
process.env.PATH = [path.dirname(process.execPath), path.join(root, 'node_modules', '.bin'), process.env.PATH].join(
  separator,
);
const { runTask } = await import('./tasks.ts');
await runTask(process.argv[2] ?? '', process.argv.slice(3));
