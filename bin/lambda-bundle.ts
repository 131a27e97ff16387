import { readFile } from 'node:fs/promises';
import { brotliCompressSync } from 'node:zlib';
import type { OnResolveArgs, Plugin } from 'esbuild';
import packageFile from '../package.json' with { type: 'json' };
import { describeRoutes } from '../server/openapi.ts';
import { routes } from '../server/routes/routes.ts';
import { packedDocPages } from './doc-pages-plugin.ts';

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

/**
 * esbuild splits by file: what the MCP server alone uses of zod, which is nearly all, would stand in the chunk that every
 * cold start reads. So it gets a copy of its own.
 */
const ownZodForMcp: Plugin = {
  name: 'own-zod-for-mcp',
  setup(build) {
    const resolveAgain = async ({ path, pluginData, ...options }: OnResolveArgs) => {
      if (pluginData === resolving) return undefined;
      if (pluginData !== copied && !needsAll.test(options.importer)) return undefined;
      const { errors, path: found } = await build.resolve(path, { ...options, pluginData: resolving });
      return errors.length > 0 ? { errors } : { path: found, suffix: '?mcp', pluginData: copied };
    };
    build.onResolve({ filter: /^zod(\/|$)/ }, resolveAgain);
    build.onResolve({ filter: /^\./ }, (found) => (found.pluginData === copied ? resolveAgain(found) : undefined));
    build.onLoad({ filter: /[\\/]node_modules[\\/]zod[\\/]/ }, async ({ path, pluginData }) =>
      pluginData === copied ? { contents: await readFile(path, 'utf8'), pluginData } : undefined,
    );
  },
};
/** Who uses more of zod than reading what was sent. */
const needsAll = /[\\/](@modelcontextprotocol|server[\\/]mcp)[\\/]|[\\/]shared[\\/]api[\\/]mcp-tools\.ts$/;
const resolving = Symbol('resolving');
const copied = Symbol('copied');

export const lambdaPlugins: Plugin[] = [packedCatalogue, writtenOpenApi, versionOnly, ownZodForMcp, packedDocPages];
