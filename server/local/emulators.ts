import path from 'node:path';
import * as z from 'zod/mini';
import { parseCatalogueFile } from '../catalogue/file.ts';
import catalogueFile from '../catalogue/models.json' with { type: 'json' };
import { startBedrock } from './bedrock/emulator.ts';
import { startCognito } from './cognito/emulator.ts';
import { startDynamo } from './dynamodb/emulator.ts';
import type { Emulator, EmulatorOptions } from './emulator.ts';
import { EmulatorOrder, type EmulatorService } from './emulator-order.ts';
import { startS3 } from './s3/emulator.ts';
import { startSsm } from './ssm/emulator.ts';

// The emulators' own process. It is started by the gateway's process with one order over the channel between the two,
// answers with the addresses, and ends when that channel does: neither process can outlive the other.

const starters: Readonly<Record<EmulatorService, (options: EmulatorOptions) => Promise<Emulator>>> = {
  cognito_identity_provider: startCognito,
  dynamodb: startDynamo,
  s3: startS3,
  ssm: startSsm,
  bedrock_runtime: (options) => startBedrock({ ...options, models: parseCatalogueFile(catalogueFile).models }),
};

/** A port of the last run is taken again, so that sessions signed in then stay valid; if it is in use, a free one. */
async function start(service: EmulatorService, options: EmulatorOptions): Promise<Emulator> {
  try {
    return await starters[service](options);
  } catch (error) {
    if (!options.port || !(error instanceof Error) || !('code' in error) || error.code !== 'EADDRINUSE') throw error;
    return starters[service]({ ...options, port: 0 });
  }
}

async function run(message: unknown): Promise<void> {
  const order = z.parse(EmulatorOrder, message);
  const credentials = new Map(order.credentials);
  const urls: Record<string, string> = {};
  const running = await Promise.all(
    order.services.map(async ({ service, port }) => {
      const dataDir = path.join(order.dataDir, 'emulators');
      const emulator = await start(service, { port, dataDir, region: order.region, credentials });
      urls[service] = emulator.url;
      return emulator;
    }),
  );
  const stop = () => {
    const closing = Promise.allSettled(running.map((emulator) => emulator.close()));
    void closing.then(() => process.exit(0));
    setTimeout(() => process.exit(0), 1000).unref();
  };
  process.once('disconnect', stop);
  process.send?.({ urls });
}

// Ctrl-C reaches the whole group: the gateway decides when its emulators end, by closing the channel.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.once('message', (message) => {
  run(message).catch((error: unknown) => {
    process.send?.({ error: error instanceof Error ? error.message : String(error) }, () => process.exit(1));
  });
});
