import { test } from 'vitest';
import { invalidRequest } from '../errors.ts';
import { NotKeptError } from '../providers/provider.ts';
import { conversationNamed, errorInWordsOf } from './field-names.ts';

const input = conversationNamed('input');

test.for([
  ['messages', 'input'],
  ['messages[2].content', 'input[2].content'],
  ['messages.tool_calls', 'input.tool_calls'],
  ['messages_of', 'messages_of'],
  ['system.messages', 'system.messages'],
] as const)('%s is %s', ([field, told], { expect }) => {
  expect(input(field)).toBe(told);
});

test('an error keeps all but its words', ({ expect }) => {
  const error = invalidRequest('messages[0]: is too long.', 'messages[0]', 'context_length_exceeded');
  expect(errorInWordsOf(input, error)).toMatchObject({
    status: 400,
    type: 'invalid_request_error',
    code: 'context_length_exceeded',
    message: 'input[0]: is too long.',
    param: 'input[0]',
  });
  expect(errorInWordsOf((field) => field, error)).toBe(error);
  for (const other of [invalidRequest('No.'), invalidRequest('model: No.', 'model'), 'x']) {
    expect(errorInWordsOf(input, other)).toBe(other);
  }
});

test('what strict mode refuses is named in the route’s words, field by field', ({ expect }) => {
  const error = errorInWordsOf(input, new NotKeptError(['messages.content', 'tools.x']));
  expect(error).toMatchObject({ param: 'input.content', message: expect.stringContaining('input.content, tools.x.') });
});
