/** Why a model stopped, in one vocabulary for all providers. The provider's own word travels beside it as `raw`. */
export type FinishReason =
  | 'stop'
  | 'stop-sequence'
  | 'tool-calls'
  | 'length'
  | 'context-window'
  | 'content-filter'
  | 'unknown';
