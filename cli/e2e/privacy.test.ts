import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, test } from 'vitest';
import { type LocalStack, startStack } from '../../bin/local-stack.ts';

let stack: LocalStack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(async () => {
  await stack.stop();
});

/** Everything the emulators keep: tables, people, parameters, objects. */
function storedText(): string {
  const folder = path.join(stack.dataDir, 'emulators');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((file) => readFileSync(path.join(file.parentPath, file.name), 'latin1')).join('\n');
}

test('what a caller says appears in no log line and in no stored item, whether the call works or fails', async ({
  expect,
}) => {
  const planted = ['system', 'prompt', 'answer', 'argument', 'result', 'header', 'unknown', 'refused'].map(
    (place) => `canary-${place}-${crypto.randomUUID()}`,
  );
  const [system, prompt, answer, argument, result, header, unknown, refused] = planted;
  const { url, api_key, model } = stack.dev;
  const send = async (body: object, key = api_key) => {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'x-note': header ?? '' },
      body: JSON.stringify({ model, ...body }),
    });
    await response.text();
    return response.status;
  };
  const call = { id: 'call_1', type: 'function', function: { name: 'f', arguments: JSON.stringify({ x: argument }) } };
  const conversation = [
    { role: 'system', content: system },
    { role: 'user', content: prompt },
    { role: 'assistant', content: null, tool_calls: [call] },
    { role: 'tool', tool_call_id: 'call_1', content: result },
    { role: 'user', content: `Say it. [[sim:${JSON.stringify({ text: answer })}]]` },
  ];
  const fail = (script: object) => ({
    messages: [...conversation.slice(0, 4), { role: 'user', content: `${prompt} [[sim:${JSON.stringify(script)}]]` }],
  });
  expect(await send({ messages: conversation })).toBe(200);
  expect(await send({ messages: conversation, stream: true })).toBe(200);
  expect(await send({ messages: conversation, surprise: unknown })).toBe(200);
  expect(await send({ messages: conversation, n: 2, note: refused })).toBe(400);
  expect(await send({ ...fail({ fail: { type: 'ValidationException', message: `no: ${refused}` } }) })).toBe(400);
  expect(await send({ ...fail({ fail: { type: 'ModelErrorException' } }) })).toBe(502);
  expect(await send({ ...fail({ fault: { kind: 'reset' } }), stream: true })).toBe(200);
  expect(await send({ messages: conversation }, refused)).toBe(401);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const secret = api_key.slice(-49);
  for (const text of [...planted, secret, stack.dev.user.password, stack.dev.admin.password]) {
    expect(stack.log().includes(text), `${text} in the log`).toBe(false);
    expect(storedText().includes(text), `${text} in the stored data`).toBe(false);
  }
  // The look is at the right place: the call itself is there.
  expect(storedText()).toContain('/v1/chat/completions');
});
