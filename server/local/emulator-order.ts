import * as z from 'zod/mini';

/** The emulated services, named like the fields of dev.json's `endpoints`. */
export const EmulatorService = z.enum(['cognito_identity_provider', 'dynamodb', 's3', 'ssm', 'bedrock_runtime']);
export type EmulatorService = z.infer<typeof EmulatorService>;

/** What the gateway's process asks of the emulators' process. */
export const EmulatorOrder = z.object({
  services: z.array(z.object({ service: EmulatorService, port: z.number() })),
  dataDir: z.string(),
  region: z.string(),
  /** Access key ids and secrets that are accepted. */
  credentials: z.array(z.tuple([z.string(), z.string()])),
});
export type EmulatorOrder = z.infer<typeof EmulatorOrder>;

/** Its answer. */
export const EmulatorReply = z.union([
  z.object({ urls: z.partialRecord(EmulatorService, z.string()) }),
  z.object({ error: z.string() }),
]);
