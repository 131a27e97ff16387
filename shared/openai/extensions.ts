/**
 * What our answers have beside OpenAI's own fields, by the object they stand in. Without them every answer validates
 * against OpenAI's schemas.
 */
export const chatExtensions = {
  usage: ['cost_usd'],
  message: ['reasoning_content'],
  delta: ['reasoning_content'],
} as const;
