import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { startStack } from './local-stack.ts';

// The main job, unattended, on real parts: the built command line signs in and makes a key, the genuine packages of
// OpenAI and Anthropic stream with it, the ledger shows the cost, and the revoked key is refused.

const root = path.dirname(import.meta.dirname);

interface Outcome {
  readonly stdout: string;
  readonly code: number | null;
}

function pennyworth(args: readonly string[], configDir: string, input = ''): Promise<Outcome> {
  process.stdout.write(`\n$ pennyworth ${args.join(' ')}\n`);
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [path.join(root, 'bin', 'pennyworth.js'), ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, PENNYWORTH_CONFIG_DIR: configDir },
    });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.once('exit', (code) => resolve({ stdout, code }));
    child.stdin.end(input);
  });
}

function expect(holds: boolean, what: string): void {
  if (!holds) throw new Error(`the demo failed: ${what}`);
  process.stdout.write(`✔ ${what}\n`);
}

async function streamedChat(client: OpenAI, model: string): Promise<void> {
  const stream = await client.chat.completions.create({
    model,
    stream: true,
    stream_options: { include_usage: true },
    messages: [{ role: 'user', content: 'Say something about gateways.' }],
  });
  let chunks = 0;
  let cost: unknown;
  for await (const chunk of stream) {
    chunks++;
    process.stdout.write(chunk.choices[0]?.delta.content ?? '');
    if (chunk.usage) cost = Reflect.get(chunk.usage, 'cost_usd');
  }
  process.stdout.write('\n');
  expect(chunks > 10 && typeof cost === 'string', `${chunks} chunks streamed, cost ${cost} USD`);
}

async function streamedMessage(client: Anthropic, model: string): Promise<void> {
  const stream = client.messages.stream({
    model,
    max_tokens: 1_000,
    messages: [{ role: 'user', content: 'Say it in Anthropic’s way.' }],
  });
  stream.on('text', (text) => process.stdout.write(text));
  const { usage, stop_reason: reason } = await stream.finalMessage();
  process.stdout.write('\n');
  expect(reason === 'end_turn' && usage.output_tokens > 10, `${usage.output_tokens} tokens streamed as Messages`);
}

async function oneResponse(client: OpenAI, model: string): Promise<void> {
  const answer = await client.responses.create({ model, input: 'Say it as a Response.', store: false });
  expect(answer.status === 'completed' && answer.output_text.length > 20, 'answered as a Response');
}

async function toolCall(client: OpenAI, model: string): Promise<void> {
  const script = { toolCalls: [{ name: 'get_weather', input: { city: 'Bern' } }] };
  const answer = await client.chat.completions.create({
    model,
    tools: [
      {
        type: 'function',
        function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
      },
    ],
    messages: [{ role: 'user', content: `What is the weather in Bern? [[sim:${JSON.stringify(script)}]]` }],
  });
  const [call] = answer.choices[0]?.message.tool_calls ?? [];
  expect(call?.type === 'function' && call.function.name === 'get_weather', 'the model asked for its tool');
}

async function main(): Promise<void> {
  const configDir = mkdtempSync(path.join(tmpdir(), 'pennyworth-demo-'));
  const stack = await startStack();
  try {
    const { url, user, model } = stack.dev;
    process.stdout.write(`The local stack is ready at ${url} after ${Math.round(stack.readyAfterMs)} ms.\n`);
    const login = await pennyworth(
      ['login', url, '--username', user.email, '--password-stdin'],
      configDir,
      user.password,
    );
    expect(login.code === 0, 'signed in by SRP');
    const created = await pennyworth(['keys', 'create', 'demo', '--json'], configDir);
    const { id, key } = JSON.parse(created.stdout);
    expect(typeof key === 'string', `made the key ${id}`);
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 });
    await streamedChat(client, model);
    await streamedMessage(new Anthropic({ baseURL: url, apiKey: key, maxRetries: 0 }), model);
    await oneResponse(client, model);
    await toolCall(client, model);
    const chat = await pennyworth(['chat', '-m', model, 'Hello from the command line'], configDir);
    expect(chat.code === 0 && chat.stdout.includes('simulated answer'), 'chatted from the command line');
    const usage = await pennyworth(['usage', '--by', 'model', '--csv'], configDir);
    process.stdout.write(usage.stdout);
    expect(usage.stdout.includes(model), 'the calls stand in the ledger');
    await pennyworth(['keys', 'revoke', id, '--yes'], configDir);
    const refused = await client.models.list().then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(refused instanceof OpenAI.AuthenticationError, 'the revoked key is refused with 401');
    process.stdout.write('\nThe demo is complete.\n');
  } finally {
    await stack.stop();
    rmSync(configDir, { recursive: true, force: true });
  }
}

await main();
