import * as z from 'zod/mini';

export const Hello = z.object({ status: z.literal('ok') });
export type Hello = z.infer<typeof Hello>;

/** What `login` needs; public facts only. */
export const Version = z.object({
  name: z.literal('pennyworth'),
  version: z.string(),
  git_sha: z.nullable(z.string()),
  region: z.string(),
  user_pool_id: z.string(),
  client_id: z.string(),
  /** Set when Cognito is not at the region's address; the CLI follows it only to a loopback or Cognito address. */
  cognito_endpoint: z.nullable(z.string()),
  mcp_client_id: z.nullable(z.string()),
});
export type Version = z.infer<typeof Version>;
