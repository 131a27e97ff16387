import * as z from 'zod/mini';
import { limitSettings, ShownLimits } from './limits.ts';

/** `*` stands for any text. */
const Patterns = z
  .array(
    z
      .string()
      .check(
        z.minLength(1),
        z.maxLength(200),
        z.regex(/^[\x21-\x7e]*$/, 'has spaces or other than plain ASCII letters, digits and signs'),
      ),
  )
  .check(z.minLength(1), z.maxLength(50));

/** Of models, by alias or Bedrock's id. */
export const ModelPatterns = Patterns;

/** Of MCP tools, by the names /mcp lists them under. */
export const McpToolPatterns = Patterns;

/** Cognito takes more; these can stand in a path, a table and a shell without quotes. */
export const GroupName = z
  .string()
  .check(
    z.regex(
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
      'is not a name for a group: 1 to 64 letters, digits and . _ -, the first a letter or digit',
    ),
  );

/** A policy as it is set, always whole. Its limits are those of the person, or of the whole team together. */
export const SetPolicy = z.strictObject({
  models: z.optional(ModelPatterns),
  /** Of a person only: which of several teams pays. */
  team: z.optional(z.string().check(z.minLength(1), z.maxLength(128))),
  ...limitSettings,
});
export type SetPolicy = z.infer<typeof SetPolicy>;

/** A policy as it is shown; null: it says nothing of that. */
export const ShownPolicy = z.object({
  models: z.nullable(z.array(z.string())),
  team: z.nullable(z.string()),
  ...ShownLimits,
});
export type ShownPolicy = z.infer<typeof ShownPolicy>;
