import { readFile } from 'node:fs/promises';
import { brotliCompressSync } from 'node:zlib';
import type { Plugin } from 'esbuild';
import packageFile from '../package.json' with { type: 'json' };
import { describeRoutes } from '../server/openapi.ts';
import { routes } from '../server/routes/routes.ts';

// What the function's bundle has in another form than the source, so that a cold start reads less.

/** The catalogue is 130 KB of JSON that repeats itself: packed it is a tenth, and unpacked in less than a millisecond. */
const packedCatalogue: Plugin = {
  name: 'packed-catalogue',
  setup(build) {
    build.onLoad({ filter: /[\\/]catalogue[\\/]models\.json$/ }, async ({ path }) => {
      const text = JSON.stringify(JSON.parse(await readFile(path, 'utf8')));
      const packed = brotliCompressSync(text).toString('base64');
      const contents = `import { brotliDecompressSync } from 'node:zlib';
        export default JSON.parse(brotliDecompressSync(Buffer.from('${packed}', 'base64')).toString('utf8'));`;
      return { contents, loader: 'js' };
    });
  },
};

/** The OpenAPI document as a text: made there, it would keep zod's writer of JSON Schema in every cold start. */
const writtenOpenApi: Plugin = {
  name: 'written-openapi',
  setup(build) {
    build.onLoad({ filter: /[\\/]server[\\/]openapi\.ts$/ }, () => {
      const text = JSON.stringify(describeRoutes(routes, packageFile.version));
      return { contents: `export const describeRoutes = () => JSON.parse(${JSON.stringify(text)});`, loader: 'js' };
    });
  },
};

const versionOnly: Plugin = {
  name: 'version-only',
  setup(build) {
    build.onLoad({ filter: /package\.json$/ }, () => ({
      contents: JSON.stringify({ version: packageFile.version }),
      loader: 'json',
    }));
  },
};

export const lambdaPlugins: Plugin[] = [packedCatalogue, writtenOpenApi, versionOnly];
