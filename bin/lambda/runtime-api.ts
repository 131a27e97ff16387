import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

// Lambda as its runtime sees it: the Runtime API (2018-06-01) on loopback, and one sandbox at a time.

/** What came of one invocation. */
export interface Invocation {
  /** Resolves when the function begins to answer: the response as the runtime posts it, prelude included. */
  readonly response: Promise<IncomingMessage>;
  /** The error the runtime reported instead of, or at the end of, an answer. */
  readonly failure: Promise<string | undefined>;
}

export interface FunctionOptions {
  readonly runtimeClient: string;
  /** Folder with index.mjs. */
  readonly taskRoot: string;
  readonly env: Readonly<Record<string, string>>;
}

interface Pending {
  readonly id: string;
  readonly event: unknown;
  readonly timeoutMs: number;
  readonly onResponse: (response: IncomingMessage) => void;
  readonly onFailure: (error: string | undefined) => void;
}

/** One function in one sandbox: invocations are served one after the other, as Lambda does. */
export class LambdaFunction {
  readonly #server: Server;
  readonly #sandbox: ChildProcess;
  readonly #queue: Pending[] = [];
  readonly #running = new Map<string, Pending>();
  #waiting: ServerResponse | undefined;
  #log = '';
  #count = 0;
  /** X-Ray's, of the next invocations. */
  traceId = 'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0';
  /** ms from the start of the process to its first question for work. */
  readonly ready: Promise<number>;

  private constructor(server: Server, sandbox: (port: number) => ChildProcess) {
    this.#server = server;
    const startedAt = performance.now();
    let isReady: (ms: number) => void = () => undefined;
    this.ready = new Promise((resolve) => {
      isReady = resolve;
    });
    server.on('request', (request, response) => {
      if (request.url?.endsWith('/next')) isReady(performance.now() - startedAt);
      this.#serve(request, response);
    });
    const address = server.address();
    this.#sandbox = sandbox(isPort(address) ? address.port : 0);
    // Lambda reports a sandbox that died to whoever waits.
    this.#sandbox.once('exit', (code) => {
      for (const { onFailure } of [...this.#running.values(), ...this.#queue]) onFailure(`the sandbox ended: ${code}`);
    });
    for (const output of [this.#sandbox.stdout, this.#sandbox.stderr]) {
      output?.setEncoding('utf8').on('data', (text: string) => {
        this.#log += text;
      });
    }
  }

  static async start({ runtimeClient, taskRoot, env }: FunctionOptions): Promise<LambdaFunction> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new LambdaFunction(server, (port) =>
      spawn(process.execPath, ['-r', path.join(import.meta.dirname, 'native-client.cjs'), runtimeClient], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          ...env,
          PATH: process.env['PATH'],
          AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
          AWS_LAMBDA_FUNCTION_NAME: 'pennyworth',
          AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
          AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
          AWS_LAMBDA_LOG_GROUP_NAME: '/pennyworth',
          AWS_LAMBDA_LOG_STREAM_NAME: 'local',
          LAMBDA_TASK_ROOT: taskRoot,
          _HANDLER: 'index.handler',
        },
      }),
    );
  }

  /** @param timeoutMs what Lambda would let it run */
  invoke(event: unknown, timeoutMs = 900_000): Invocation {
    let onResponse: Pending['onResponse'] = () => undefined;
    let onFailure: Pending['onFailure'] = () => undefined;
    const response = new Promise<IncomingMessage>((resolve) => {
      onResponse = resolve;
    });
    const failure = new Promise<string | undefined>((resolve) => {
      onFailure = resolve;
    });
    this.#queue.push({ id: `invocation-${++this.#count}`, event, timeoutMs, onResponse, onFailure });
    this.#handOut();
    return { response, failure };
  }

  /** What the function wrote to its log so far. */
  log(): string {
    return this.#log;
  }

  /** Bytes of memory that its process holds; undefined where the system does not tell as Linux does. */
  memory(): number | undefined {
    if (process.platform !== 'linux') return undefined;
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.#sandbox.pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes) * 1_024;
  }

  async stop(): Promise<void> {
    const isGone = this.#sandbox.exitCode !== null || this.#sandbox.signalCode !== null;
    if (!isGone) {
      this.#sandbox.kill('SIGKILL');
      await once(this.#sandbox, 'exit');
    }
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const [, id, last] = /\/runtime\/(?:invocation\/([^/]+)|init)\/(response|error)$/.exec(request.url ?? '') ?? [];
    if (request.url?.endsWith('/invocation/next')) {
      this.#waiting = response;
      this.#handOut();
      return;
    }
    const pending = id === undefined ? undefined : this.#running.get(id);
    if (last === 'response' && pending) {
      pending.onResponse(request);
      request.on('end', () => {
        this.#running.delete(pending.id);
        const failure = request.trailers['lambda-runtime-function-error-body'];
        pending.onFailure(failure === undefined ? undefined : Buffer.from(failure, 'base64').toString('utf8'));
        response.writeHead(202).end('{"status":"OK"}');
      });
      request.on('error', () => undefined);
      return;
    }
    let text = '';
    request.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
    request.on('end', () => {
      if (pending) this.#running.delete(pending.id);
      pending?.onFailure(text);
      response.writeHead(202).end('{"status":"OK"}');
    });
  }

  #handOut(): void {
    const pending = this.#waiting && this.#queue.shift();
    if (!pending) return;
    this.#running.set(pending.id, pending);
    this.#waiting?.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': pending.id,
      'lambda-runtime-deadline-ms': String(Date.now() + pending.timeoutMs),
      'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:us-west-2:123456789012:function:pennyworth',
      'lambda-runtime-trace-id': this.traceId,
    });
    this.#waiting?.end(JSON.stringify(pending.event));
    this.#waiting = undefined;
  }
}

function isPort(address: string | AddressInfo | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}
