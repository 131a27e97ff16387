/**
 * What our answers have beside OpenAI's own fields, by the object they stand in. Without them every answer validates
 * against OpenAI's schemas.
 */
export const chatExtensions = {
  /** Only where the answer took so long that its head had to go before cost, warning and dropped fields were known. */
  completion: ['pennyworth'],
  usage: ['cost_usd'],
  message: ['reasoning_content', 'reasoning_details'],
  delta: ['reasoning_content', 'reasoning_details'],
  /** OpenAI streams calls of custom tools so too, but its schema of a chunk does not say it: `type` is `custom`. */
  deltaToolCall: ['custom'],
} as const;
