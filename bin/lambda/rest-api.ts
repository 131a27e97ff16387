import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { LambdaFunction } from './runtime-api.ts';

// API Gateway's REST API in streaming mode, as far as a function can tell: it makes the event, waits for the prelude
// and its eight zero bytes, and sends on what follows as it comes.

const delimiter = Buffer.alloc(8);

export interface RestApiOptions {
  /** The part of the URL before the function's path; empty with a custom domain. */
  readonly stage?: string;
  /** What Lambda would let one invocation run. */
  readonly timeoutMs?: number;
  /** Bodies of these types come in base64; those of template.yaml unless given. */
  readonly binaryMediaTypes?: readonly string[];
}

/** Of one invocation, synchronous: of the whole event, in which a body is JSON text and so has each quote escaped. */
const longestEventBytes = 6 * 1024 * 1024;

/** Listens on loopback; a request that makes too long an event gets 413, one whose answer has no prelude, or breaks off, gets what API Gateway tells then: 502, or a broken connection. */
export async function startRestApi(
  lambda: LambdaFunction,
  { stage, timeoutMs, binaryMediaTypes = ['application/octet-stream', 'multipart/form-data'] }: RestApiOptions = {},
): Promise<{ readonly url: string; close(): void }> {
  const base = stage === undefined ? '' : `/${stage}`;
  const server: Server = createServer((request, response) => {
    void serve(request, response).catch(() => response.destroy());
  });
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const event = await toEvent(request, base, binaryMediaTypes);
    if (Buffer.byteLength(JSON.stringify(event)) > longestEventBytes) return refuse(response, 413, 'Request Too Long');
    const { response: answering, failure } = lambda.invoke(event, timeoutMs);
    const answer = await Promise.race([answering, failure]);
    if (answer === undefined || typeof answer === 'string') return refuse(response);
    await pass(answer, response);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}${base}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** In API Gateway's own words, where template.yaml would put ours. */
function refuse(response: ServerResponse, status = 502, message = 'Internal server error'): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ message }));
}

async function pass(answer: IncomingMessage, response: ServerResponse): Promise<void> {
  let head = Buffer.alloc(0);
  let isBody = false;
  for await (const piece of answer) {
    if (isBody) {
      if (!response.write(piece)) await new Promise((resolve) => response.once('drain', resolve));
      continue;
    }
    head = Buffer.concat([head, piece]);
    const end = head.indexOf(delimiter);
    if (end < 0) continue;
    const { statusCode, headers } = JSON.parse(head.subarray(0, end).toString('utf8'));
    response.writeHead(statusCode, renamed(headers));
    response.flushHeaders();
    const rest = head.subarray(end + delimiter.length);
    if (rest.length > 0) response.write(rest);
    isBody = true;
  }
  if (!isBody) return refuse(response);
  // A function that failed on its way says so in a trailer, and API Gateway does not end such a body properly.
  if (answer.trailers['lambda-runtime-function-error-type'] !== undefined) response.destroy();
  else response.end();
}

/** API Gateway lets no WWW-Authenticate of a function's through under its own name. */
function renamed({ 'www-authenticate': challenge, ...headers }: Readonly<Record<string, string>>) {
  return challenge === undefined ? headers : { ...headers, 'x-amzn-remapped-www-authenticate': challenge };
}

/** The event of payload version 1.0, the query decoded and the stage left out as API Gateway does. */
async function toEvent(request: IncomingMessage, base: string, binary: readonly string[]): Promise<object> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const url = new URL(request.url ?? '/', 'http://localhost');
  const multiValueHeaders: Record<string, string[]> = {};
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const [name = '', value = ''] = request.rawHeaders.slice(index, index + 2);
    multiValueHeaders[name] = [...(multiValueHeaders[name] ?? []), value];
  }
  const query: Record<string, string[]> = {};
  for (const [name, value] of url.searchParams) query[name] = [...(query[name] ?? []), value];
  const [type = ''] = request.headers['content-type']?.split(';') ?? [];
  const isBase64Encoded = chunks.length > 0 && (binary.includes('*/*') || binary.includes(type));
  const hasQuery = Object.keys(query).length > 0;
  return {
    resource: '/{proxy+}',
    path: url.pathname.slice(base.length),
    httpMethod: request.method,
    headers: lastOf(multiValueHeaders),
    multiValueHeaders,
    queryStringParameters: hasQuery ? lastOf(query) : null,
    multiValueQueryStringParameters: hasQuery ? query : null,
    requestContext: {
      requestId: randomUUID(),
      stage: base.slice(1),
      path: url.pathname,
      identity: { sourceIp: '203.0.113.7' },
      domainName: base === '' ? 'api.example.com' : 'abc123.execute-api.us-west-2.amazonaws.com',
    },
    stageVariables: { domain: 'none', mcpClientId: 'client-of-the-stage' },
    body: chunks.length === 0 ? null : Buffer.concat(chunks).toString(isBase64Encoded ? 'base64' : 'utf8'),
    isBase64Encoded,
  };
}

function lastOf(all: Readonly<Record<string, readonly string[]>>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(all).map(([name, values]) => [name, values.at(-1)]));
}
