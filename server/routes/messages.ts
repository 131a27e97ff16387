import { MessagesAnswer, MessagesRequest } from '../../shared/anthropic/messages.ts';
import { inferenceRoute } from '../route.ts';
import { inferenceErrors } from './inference.ts';

const endpoint = '/v1/messages';

export const messages = inferenceRoute({
  method: 'POST',
  path: endpoint,
  summary: 'Anthropic’s Messages, with every chat model',
  access: 'inference',
  dialect: 'anthropic',
  body: MessagesRequest,
  response: { status: 200, schema: MessagesAnswer, streams: true },
  errors: inferenceErrors,
  handle: async (call) => (await import('./run-messages.ts')).runMessages(call),
});
