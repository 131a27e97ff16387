import * as z from 'zod/mini';
import { createAwsClients } from '../../server/aws/clients.ts';
import { chunkOf, sendAnswer, serveBare, streamEnd } from './bare-proxy.ts';

// The floor: the gateway's own signing and decoding with nothing around them.
const { bedrock } = createAwsClients(process.env);
const Answer = z.object({
  output: z.object({ message: z.object({ content: z.array(z.object({ text: z.string() })) }) }),
});

function textOf(payload: unknown): string {
  if (typeof payload !== 'object' || payload === null || !('delta' in payload)) return '';
  const { delta } = payload;
  return typeof delta === 'object' && delta !== null && 'text' in delta ? String(delta.text) : '';
}

serveBare(async ({ modelId, body, stream }, response) => {
  const signal = AbortSignal.timeout(60_000);
  if (!stream) {
    const answer = await bedrock.converse(modelId, body, { signal });
    const { content } = Answer.parse(answer.body).output.message;
    sendAnswer(response, content.map((block) => block.text).join(''));
    return;
  }
  const answer = await bedrock.converseStream(modelId, body, { signal });
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for await (const messages of answer.messages) {
    let piece = '';
    for (const { name, payload } of messages) if (name === 'contentBlockDelta') piece += chunkOf(textOf(payload));
    if (piece !== '') response.write(piece);
  }
  response.end(streamEnd);
});
