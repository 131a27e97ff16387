#!/usr/bin/env node
// The `pennyworth` command. In a clone an older Node helps itself (launch.js); the installed package has no launcher.
import { existsSync } from 'node:fs';
import { isCurrentNode, minimumNode } from './node-version.js';

const launcher = new URL('./launch.js', import.meta.url);
if (existsSync(launcher)) {
  const { ensureNode } = await import(launcher.href);
  await ensureNode();
} else if (!isCurrentNode) {
  process.stderr.write(`pennyworth needs Node ${minimumNode} or newer; this is ${process.versions.node}\n`);
  process.exit(3);
}
await import('../dist/cli/main.js');
