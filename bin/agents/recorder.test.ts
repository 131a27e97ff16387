import http from 'node:http';
import { expect, test } from 'vitest';
import { startRecorder } from './recorder.ts';

test('passes a request and its answer on as they are, and remembers both', async () => {
  const server = http.createServer((request, response) => {
    response.writeHead(201, { 'x-request-id': 'req_1' });
    response.write(`${request.method} ${request.url} `);
    request.pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const recorder = await startRecorder(`http://127.0.0.1:${port}`);
  const answer = await fetch(`${recorder.url}/v1/messages?beta=true`, { method: 'POST', body: '{"a":1}' });
  expect([answer.status, await answer.text()]).toEqual([201, 'POST /v1/messages?beta=true {"a":1}']);
  await recorder.close();
  expect(recorder.exchanges).toMatchObject([
    {
      method: 'POST',
      path: '/v1/messages?beta=true',
      body: '{"a":1}',
      status: 201,
      answerHeaders: { 'x-request-id': 'req_1' },
      answer: 'POST /v1/messages?beta=true {"a":1}',
    },
  ]);
  server.close();
});
