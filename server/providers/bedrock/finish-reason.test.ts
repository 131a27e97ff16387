import { test } from 'vitest';
import { findOutputFault, toFinishReason } from './finish-reason.ts';

test.for([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop-sequence'],
  ['tool_use', 'tool-calls'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'context-window'],
  ['content_filtered', 'content-filter'],
  ['guardrail_intervened', 'content-filter'],
  ['tired', 'unknown'],
  ['', 'unknown'],
] as const)('%j is %s, and no fault', ([raw, expected], { expect }) => {
  expect({ reason: toFinishReason(raw), fault: findOutputFault(raw) }).toEqual({ reason: expected, fault: undefined });
});

test.for(['malformed_tool_use', 'malformed_model_output'])('%s is a fault of the model', (raw, { expect }) => {
  expect(findOutputFault(raw)).toMatchObject({
    status: 502,
    type: 'server_error',
    code: 'upstream_malformed_output',
    message: 'The model wrote an answer that cannot be read. Send the request again.',
  });
});
