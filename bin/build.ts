import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type BuildOptions, build as bundle } from 'esbuild';
import { packedDocPages } from './doc-pages-plugin.ts';
import { lambdaPlugins } from './lambda-bundle.ts';
import { mergeEntry } from './lambda-entry.ts';
import { thirdPartyNotices } from './notices.ts';

const root = path.dirname(import.meta.dirname);

/**
 * `mainFields` is not optional: with esbuild's default for Node the AWS SDK comes in its CommonJS form, and a lazy
 * `const { X } = await import('@aws-sdk/…')` is then silently undefined in a split bundle.
 */
const shared: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  minify: true,
  metafile: true,
  splitting: true,
  legalComments: 'none',
  logLevel: 'warning',
  mainFields: ['module', 'main'],
  loader: { '.json': 'json' },
  banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  // amazon-cognito-identity-js brings a fetch for browsers of 2015; every Node we support has its own.
  alias: { 'isomorphic-unfetch': './bin/native-fetch.js' },
};

/** Bundles the command line, the local stack and the Lambda function into dist/. */
export async function build(): Promise<void> {
  await rm(path.join(root, 'dist'), { recursive: true, force: true });
  const results = await Promise.all([
    bundle({ ...shared, entryPoints: ['cli/main.ts'], outdir: 'dist/cli' }),
    bundle({
      ...shared,
      entryPoints: ['server/local/main.ts', 'server/local/emulators.ts'],
      outdir: 'dist/local',
      plugins: [packedDocPages],
    }),
    bundle({
      ...shared,
      entryPoints: { index: 'server/lambda.ts' },
      outdir: 'dist/lambda',
      // None of its packages asks for `require`, and the line would stand in each of a hundred files.
      banner: {},
      charset: 'utf8',
      plugins: lambdaPlugins,
      outExtension: { '.js': '.mjs' },
    }),
  ]);
  await mergeEntry(path.join(root, 'dist', 'lambda'));
  const inputs = results.flatMap((result) => Object.keys(result.metafile?.inputs ?? {}));
  await mkdir(path.join(root, 'dist'), { recursive: true });
  await writeFile(path.join(root, 'dist', 'THIRD-PARTY-NOTICES.txt'), await thirdPartyNotices(root, inputs));
  await writeFile(path.join(root, 'dist', 'built'), `${new Date().toISOString()}\n`);
}
