import type { DocumentPart, ModelRequest } from '../../model/request.ts';

// What only Claude's own API has words for, for tests.

type ClaudeFields = NonNullable<ModelRequest['claude']>;

/** Of nothing but what is given. */
export const words = (fields: Partial<ClaudeFields>): ClaudeFields => {
  return { betas: [], fields: {}, tools: [], toolFields: {}, ...fields };
};

export const contextManagement = { context_management: { edits: [{ type: 'clear_tool_uses_20250919' }] } };
export const bash = { type: 'bash_20250124', name: 'bash' };
/** To be cited. */
export const pdf: DocumentPart = {
  type: 'document',
  format: 'pdf',
  data: 'JVBERi0=',
  name: 'a',
  citations: true,
  context: 'c',
};
