import packageFile from '../../package.json' with { type: 'json' };
import type { Model } from '../../shared/api/models.ts';
import { exampleKey, exampleMe, exampleModel, exampleUser, signInFiles } from './examples.ts';
import { type Answer, answer, type Received, refusal, ScriptedGateway } from './gateway.ts';
import { type Outcome, Terminal } from './terminal.ts';

// For tests: a gateway that passes every check, in which a test breaks one thing.

export const keyText = `pnw_${'k'.repeat(73)}`;
const cheap: Model = {
  ...exampleModel,
  id: 'nova-micro',
  pennyworth: {
    ...exampleModel.pennyworth,
    prices_usd_per_million_tokens: {
      input: '0.035',
      output: '0.14',
      cache_read: null,
      cache_write_5m: null,
      cache_write_1h: null,
    },
  },
};

const unauthorized = refusal(401, 'invalid_api_key', 'No API key was sent.');
const anthropicUnauthorized = answer(401, {
  type: 'error',
  error: { type: 'authentication_error', message: 'No API key was sent.' },
  request_id: 'req-1',
});

/** Server-sent events of `data`, with a pause before each but the first. */
export function events(data: readonly string[], pauseMs: number): Answer {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': 'req-1' });
    const [first, ...rest] = data;
    response.write(`data: ${first}\n\n`);
    const next = () => {
      const piece = rest.shift();
      if (piece === undefined) response.end();
      else {
        response.write(`data: ${piece}\n\n`);
        setTimeout(next, pauseMs);
      }
    };
    setTimeout(next, pauseMs);
  };
}

const chunk = JSON.stringify({ choices: [{ delta: { content: 'one' } }] });
export const chatEvents: readonly string[] = [chunk, chunk, chunk, chunk, chunk, '[DONE]'];

export const call = {
  request_id: 'req-1',
  time: '2026-11-21T12:00:00.000Z',
  user_id: exampleUser,
  key_id: exampleKey.id,
  team: null,
  endpoint: '/v1/chat/completions',
  model: cheap.id,
  provider: 'bedrock',
  status: 'ok',
  stream: false,
  duration_ms: 10,
  attempts: 1,
  input_tokens: 1,
  cache_read_tokens: 0,
  cache_write_tokens: 0,
  output_tokens: 1,
  reasoning_tokens: 0,
  cost_nano_usd: 700,
  cost_usd: '0.000000700',
  dropped: [],
};

function isStreamed({ body }: Received): boolean {
  return typeof body === 'object' && body !== null && 'stream' in body;
}

const completion = answer(
  200,
  { choices: [{ message: { content: 'pong' }, finish_reason: 'stop' }] },
  { 'x-pennyworth-cost-usd': '0.000000700' },
);

/** Chat completions: `whole` for a call that is not streamed. */
export function chat(streamed: Answer, whole: Answer = completion): Answer {
  return (request, response) => (isStreamed(request) ? streamed : whole)(request, response);
}

/** Messages: `refused` for a request without a credential. */
export function messages(refused: Answer): Answer {
  const streamed = events(['{"type":"message_start"}', '{"type":"message_stop"}'], 5);
  return (request, response) => (isStreamed(request) ? streamed : refused)(request, response);
}

export class HealthyGateway extends ScriptedGateway {
  readonly terminal = new Terminal();

  override async start(): Promise<void> {
    await super.start();
    signInFiles(this.terminal.folder, this.url);
    let isRevoked = false;
    this.on('GET /v1/hello', answer(200, { status: 'ok' }));
    this.on('GET /v1/version', version({}));
    this.on('GET /v1/me', answer(200, exampleMe));
    this.on('GET /v1/models', (request, response) => {
      const mayAsk = request.authorization !== undefined && !(isRevoked && request.authorization.endsWith(keyText));
      const list = answer(200, { object: 'list', data: [exampleModel, cheap] });
      (mayAsk ? list : unauthorized)(request, response);
    });
    this.on('POST /v1/keys', answer(201, { ...exampleKey, key: keyText }));
    this.on(`DELETE /v1/keys/${exampleKey.id}`, (request, response) => {
      isRevoked = true;
      answer(200, { ...exampleKey, status: 'revoked' })(request, response);
    });
    this.on('POST /v1/chat/completions', chat(events(chatEvents, 25)));
    this.on('OPTIONS /v1/chat/completions', refusal(405, 'method_not_allowed', 'Not that one.'));
    this.on('POST /v1/messages', messages(anthropicUnauthorized));
    this.on('POST /v1/responses', events(['{"type":"response.created"}', '{"type":"response.completed"}'], 5));
    this.on('GET /v1/usage/calls', answer(200, { data: [call, call, call, call], next: null }));
  }

  override async stop(): Promise<void> {
    await super.stop();
    this.terminal.remove();
  }

  /** The command against it. */
  examine(...args: readonly string[]): Promise<Outcome> {
    return this.terminal.run(['deploy', 'doctor', ...args]);
  }
}

/** `GET /v1/version` with other fields. */
export function version(changes: Readonly<Record<string, unknown>>): Answer {
  return answer(200, {
    name: 'pennyworth',
    version: packageFile.version,
    git_sha: null,
    region: 'us-west-2',
    user_pool_id: 'us-west-2_a',
    client_id: 'c',
    cognito_endpoint: null,
    mcp_client_id: null,
    ...changes,
  });
}
