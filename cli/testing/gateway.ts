import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { testNow } from './terminal.ts';

export interface Received {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly authorization: string | undefined;
  readonly idempotencyKey: string | undefined;
  readonly body: unknown;
}

export type Answer = (request: Received, response: ServerResponse) => void;

/** A JSON answer as the gateway gives it. */
export function answer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req-1', ...headers });
    response.end(JSON.stringify(body));
  };
}

/** An error as the gateway gives it. */
export function refusal(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
  return answer(status, { error: { message, type: 'a_type', param: null, code } }, headers);
}

/** A server that answers over real HTTP with what the test put behind `METHOD /path`; it records what it was asked. */
export class ScriptedGateway {
  readonly received: Received[] = [];
  readonly answers = new Map<string, Answer>();
  /** For what nothing else was put for. */
  fallback: Answer | undefined;
  readonly #server: Server = createServer((request, response) => void this.#serve(request, response));
  #port = 0;

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    this.#port = address.port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  on(route: string, reply: Answer): void {
    this.answers.set(route, reply);
  }

  reset(): void {
    this.answers.clear();
    this.received.length = 0;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const piece of request) text += piece;
    const received: Received = {
      method: request.method ?? '',
      path: request.url ?? '',
      authorization: request.headers.authorization,
      idempotencyKey: request.headers['idempotency-key']?.toString(),
      body: text === '' ? undefined : JSON.parse(text),
    };
    this.received.push(received);
    // Calls of Cognito all go to one path: they are told apart by their target.
    const target = request.headers['x-amz-target'];
    const [path = ''] = received.path.split('?');
    const route = typeof target === 'string' ? (target.split('.')[1] ?? '') : `${received.method} ${path}`;
    // Its clock goes as the tests' own, unless an answer says otherwise.
    response.setHeader('date', new Date(testNow).toUTCString());
    const reply = this.answers.get(route) ?? this.fallback ?? refusal(404, 'not_found', `no ${route} here`);
    reply(received, response);
  }
}
