import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** Answers one chat call the barest way: no credential, no check, no ledger. */
export type BareHandler = (call: BareCall, response: ServerResponse) => Promise<void>;

interface BareCall {
  readonly modelId: string;
  readonly body: { readonly messages: readonly object[]; readonly inferenceConfig: { readonly maxTokens: number } };
  readonly stream: boolean;
}

async function readCall(request: IncomingMessage): Promise<BareCall> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const { model, messages, stream } = JSON.parse(Buffer.concat(chunks).toString());
  const converse = messages.map(({ role, content }: { role: string; content: string }) => ({
    role,
    content: [{ text: content }],
  }));
  return {
    modelId: model,
    body: { messages: converse, inferenceConfig: { maxTokens: 4096 } },
    stream: stream === true,
  };
}

/** Serves on a free port and tells it, with the process id, in one line on stdout. */
export function serveBare(handler: BareHandler): void {
  const server = createServer((request, response) => {
    readCall(request)
      .then((call) => handler(call, response))
      .catch((error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        response.destroy();
      });
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}`, pid: process.pid })}\n`);
  });
}

/** One chat chunk as server-sent event text. */
export function chunkOf(text: string): string {
  return `data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":0,"model":"m","choices":[{"index":0,"delta":{"content":${JSON.stringify(text)}},"finish_reason":null}]}\n\n`;
}

export const streamEnd =
  'data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":0,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';

export function sendAnswer(response: ServerResponse, text: string): void {
  const message = { role: 'assistant', content: text };
  const choices = [{ index: 0, message, finish_reason: 'stop' }];
  const body = JSON.stringify({ id: 'chatcmpl-bench', object: 'chat.completion', created: 0, model: 'm', choices });
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
