import { randomInt, randomUUID } from 'node:crypto';
import { Agent, type IncomingMessage, type RequestListener, request, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { AwsFault, type Emulator, readBody, sendFault, startEmulator } from './emulator.ts';

// For tests only: stands where an emulator of ours would and hands each call to another program that knows the same
// service, so that the tests of the server count calls, make faults and close it as they do with ours.

/** Asked before each call, as `DynamoOptions.fault` is. */
type FaultSource = (
  operation: string,
  input: Readonly<Record<string, unknown>>,
) => InstanceType<typeof AwsFault> | 'lost' | undefined;

/** The service of the program at `url`, as a new account: nothing that another test has made there can be seen. */
export async function startOracleProxy(url: string, fault?: FaultSource): Promise<Emulator> {
  const calls = new Map<string, number>();
  const agent = new Agent({ keepAlive: true });
  // DynamoDB Local keeps a database for each access key, moto an account for each number in this header.
  const accessKeyId = randomUUID().replaceAll('-', '');
  const account = { 'x-moto-account-id': String(randomInt(10 ** 11, 10 ** 12)) };

  const forward = (incoming: IncomingMessage, body: Buffer): Promise<IncomingMessage> => {
    const { method, headers } = incoming;
    const authorization = headers.authorization?.replace(/Credential=[^/]+/, `Credential=${accessKeyId}`);
    const signed = authorization === undefined ? {} : { authorization };
    return new Promise((resolve, reject) => {
      const options = { method, agent, headers: { ...headers, ...signed, ...account } };
      request(new URL(incoming.url ?? '/', url), options, resolve)
        .once('error', reject)
        .end(body);
    });
  };

  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(incoming);
    const operation = operationOf(incoming);
    calls.set(operation, (calls.get(operation) ?? 0) + 1);
    const found = fault?.(operation, JSON.parse(body.toString()));
    if (found instanceof AwsFault) {
      sendFault(response, found);
      return;
    }
    const message = await forward(incoming, body);
    if (found === 'lost') {
      message.resume();
      response.destroy();
      return;
    }
    response.writeHead(message.statusCode ?? 502, message.headers);
    await pipeline(message, response);
  };

  const listener: RequestListener = (incoming, response) => {
    answer(incoming, response).catch(() => response.destroy());
  };
  return startEmulator(listener, { calls, close: () => agent.destroy() });
}

/** What comes after the dot of `x-amz-target`; S3 has the method only. */
function operationOf({ headers, method = '' }: IncomingMessage): string {
  const target = headers['x-amz-target'];
  return typeof target === 'string' ? target.slice(target.indexOf('.') + 1) : method;
}
