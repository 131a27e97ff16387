import * as z from 'zod/mini';

// What /oauth takes and tells, by the RFCs; fields of theirs that change nothing here are let through.

const text = z.string();

/** RFC 7591 §2. */
export const ClientMetadata = z.object({
  redirect_uris: z.array(text).check(z.minLength(1), z.maxLength(20)),
  client_name: z.optional(text.check(z.maxLength(200))),
});

/** RFC 7591 §3.2.1. */
export const RegisteredClient = z.object({
  client_id: text,
  client_id_issued_at: z.number(),
  client_name: z.optional(text),
  redirect_uris: z.array(text),
  grant_types: z.array(text),
  response_types: z.array(text),
  token_endpoint_auth_method: z.literal('none'),
  scope: text,
});
export type RegisteredClient = z.infer<typeof RegisteredClient>;

/** RFC 6749 §4.1.3 and §6, a form. */
export const TokenRequest = z.object({
  grant_type: z.enum(['authorization_code', 'refresh_token']),
  client_id: text,
  code: z.optional(text),
  redirect_uri: z.optional(text),
  code_verifier: z.optional(text),
  refresh_token: z.optional(text),
  resource: z.optional(text),
});

/** RFC 6749 §5.1. */
export const TokenAnswer = z.object({
  access_token: text,
  token_type: z.literal('Bearer'),
  /** Seconds. */
  expires_in: z.number(),
  refresh_token: z.optional(text),
  scope: text,
});
export type TokenAnswer = z.infer<typeof TokenAnswer>;

/** RFC 7009 §2.1, a form. */
export const RevocationRequest = z.object({ token: text, client_id: text, token_type_hint: z.optional(text) });

/** The form of the page that asks for consent. */
export const ConsentForm = z.object({ ticket: text, decision: z.enum(['allow', 'deny']) });
