import type { IncomingMessage, RequestListener } from 'node:http';
import path from 'node:path';
import {
  AwsFault,
  type Emulator,
  type EmulatorOptions,
  localCredentials,
  readBody,
  sendFault,
  sendJson,
  startEmulator,
} from '../emulator.ts';
import { verifySignature } from '../signature.ts';
import { openParameters } from './parameters.ts';

const target = 'AmazonSSM.';

/** The parameter store of AWS Systems Manager over its wire protocol (JSON 1.1), kept in `ssm.jsonl` (mode 0600). */
export async function startSsm(options: EmulatorOptions = {}): Promise<Emulator> {
  const now = options.now ?? Date.now;
  const credentials = options.credentials ?? localCredentials;
  const parameters = openParameters({
    ...(options.dataDir === undefined ? {} : { file: path.join(options.dataDir, 'ssm.jsonl') }),
    region: options.region ?? 'us-west-2',
    now,
  });
  const calls = new Map<string, number>();

  function run(request: IncomingMessage, body: Buffer): object {
    const header = request.headers['x-amz-target'];
    const operation = typeof header === 'string' && header.startsWith(target) ? header.slice(target.length) : '';
    calls.set(operation, (calls.get(operation) ?? 0) + 1);
    const { method = '', url = '/', headers } = request;
    verifySignature({ method, url, headers }, body, { credentials, service: 'ssm', now: now() });
    const handle = parameters.operations.get(operation);
    if (handle === undefined) throw new AwsFault('UnknownOperationException', `Unknown operation ${operation}`);
    return handle(parseJson(body));
  }

  const listener: RequestListener = (request, response) => {
    readBody(request)
      .then((body) => sendJson(response, 200, run(request, body)))
      .catch((error: unknown) => {
        if (response.destroyed) return;
        const known = error instanceof AwsFault;
        sendFault(response, known ? error : new AwsFault('InternalServerError', 'Internal server error', 500));
      });
  };

  return startEmulator(listener, { port: options.port, calls, close: () => parameters.close() });
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new AwsFault('SerializationException', 'Unable to parse the request body as JSON');
  }
}
