import path from 'node:path';
import { installPackages } from '../install-packages.ts';

/**
 * The genuine runtime interface client of AWS, from npm into .cache/ on the first use: its install script compiles an
 * addon, for which a machine of ours need have no tools, so it is no dependency and its scripts never run.
 */
export function installRuntimeClient(): string {
  const folder = installPackages('lambda', { 'aws-lambda-ric': '4.0.2' });
  return path.join(folder, 'node_modules', 'aws-lambda-ric', 'index.mjs');
}
