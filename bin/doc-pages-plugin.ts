import { brotliCompressSync } from 'node:zlib';
import type { Plugin } from 'esbuild';
import { readDocPages } from '../server/mcp/doc-pages.ts';

/** The pages that /mcp offers, packed into the bundle: the doc/ folder does not travel with it. */
export const packedDocPages: Plugin = {
  name: 'packed-doc-pages',
  setup(build) {
    build.onLoad({ filter: /[\\/]server[\\/]mcp[\\/]doc-pages\.ts$/ }, () => {
      const packed = brotliCompressSync(JSON.stringify(readDocPages())).toString('base64');
      const contents = `import { brotliDecompressSync } from 'node:zlib';
        export const readDocPages = () =>
          JSON.parse(brotliDecompressSync(Buffer.from('${packed}', 'base64')).toString('utf8'));`;
      return { contents, loader: 'js' };
    });
  },
};
