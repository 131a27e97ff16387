import { test } from 'vitest';
import { invalidRequest } from '../errors.ts';
import { errorInWordsOf, inWordsOf } from './conversation-field.ts';

test.for([
  ['messages', 'input'],
  ['messages[2].content', 'input[2].content'],
  ['messages.tool_calls', 'input.tool_calls'],
  ['Not kept: messages.content, tools.x.', 'Not kept: input.content, tools.x.'],
  ['messages: is empty; send messages.', 'input: is empty; send messages.'],
  ['system', 'system'],
] as const)('%s is %s', ([text, told], { expect }) => {
  expect(inWordsOf('input', text)).toBe(told);
  expect(inWordsOf('messages', text)).toBe(text);
});

test('an error keeps all but its words', ({ expect }) => {
  const error = invalidRequest('messages[0]: is too long.', 'messages[0]', 'context_length_exceeded');
  expect(errorInWordsOf('input', error)).toMatchObject({
    status: 400,
    type: 'invalid_request_error',
    code: 'context_length_exceeded',
    message: 'input[0]: is too long.',
    param: 'input[0]',
  });
  expect(errorInWordsOf('messages', error)).toBe(error);
  const other = invalidRequest('No.');
  expect(errorInWordsOf('input', other)).toBe(other);
  expect(errorInWordsOf('input', 'x')).toBe('x');
});
