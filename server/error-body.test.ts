import { test } from 'vitest';
import { toErrorBody } from './error-body.ts';
import { GatewayError, invalidRequest } from './errors.ts';

const failure = (status: number) => new GatewayError({ status, type: 'server_error', code: 'x', message: 'No.' });

test.for([
  [400, 'invalid_request_error'],
  [401, 'authentication_error'],
  [402, 'billing_error'],
  [403, 'permission_error'],
  [404, 'not_found_error'],
  [405, 'invalid_request_error'],
  [408, 'timeout_error'],
  [409, 'conflict_error'],
  [413, 'request_too_large'],
  [415, 'invalid_request_error'],
  [429, 'rate_limit_error'],
  [500, 'api_error'],
  [502, 'api_error'],
  [503, 'overloaded_error'],
  [504, 'timeout_error'],
  [529, 'overloaded_error'],
] as const)('%i is Anthropic’s %s', ([status, type], { expect }) => {
  expect(toErrorBody(failure(status), 'anthropic', 'req_1')).toEqual({
    type: 'error',
    error: { type, message: 'No.' },
    request_id: 'req_1',
  });
});

test('Claude Code is told of a prompt that is too long in the words it looks for', ({ expect }) => {
  const tooLong = invalidRequest('Shorten it.', 'messages', 'context_length_exceeded');
  expect(toErrorBody(tooLong, 'anthropic', 'req_1')).toMatchObject({
    error: { message: 'prompt is too long: Shorten it.' },
  });
  expect(toErrorBody(tooLong, 'openai', 'req_1')).toMatchObject({ error: { message: 'Shorten it.' } });
});

test.for([
  [
    'The prompt is too long for this model: prompt is too long: 5 tokens > 4 maximum Shorten it.',
    'prompt is too long: 5 tokens > 4 maximum Shorten it.',
  ],
  [
    'The prompt is too long for this model: Input is too long.',
    'prompt is too long for this model: Input is too long.',
  ],
] as const)('%s is told once', ([message, told], { expect }) => {
  const error = invalidRequest(message, 'messages', 'context_length_exceeded');
  expect(toErrorBody(error, 'anthropic', 'req_1')).toMatchObject({ error: { message: told } });
});
