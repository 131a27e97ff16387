import { BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { chunkOf, sendAnswer, serveBare, streamEnd } from './bare-proxy.ts';

// The bare proxy most people would write first: AWS's SDK over HTTP/1.1, nothing else.
const client = new BedrockRuntimeClient({ requestHandler: new NodeHttpHandler() });

serveBare(async ({ modelId, body, stream }, response) => {
  const input = { modelId, inferenceConfig: body.inferenceConfig, messages: JSON.parse(JSON.stringify(body.messages)) };
  if (!stream) {
    const { output } = await client.send(new ConverseCommand(input));
    sendAnswer(response, output?.message?.content?.map((block) => block.text ?? '').join('') ?? '');
    return;
  }
  const answer = await client.send(new ConverseStreamCommand(input));
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for await (const event of answer.stream ?? []) {
    const text = event.contentBlockDelta?.delta?.text;
    if (text !== undefined) response.write(chunkOf(text));
  }
  response.end(streamEnd);
});
