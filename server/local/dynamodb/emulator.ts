import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import {
  AwsFault,
  type Emulator,
  type EmulatorOptions,
  localCredentials,
  readBody,
  startEmulator,
} from '../emulator.ts';
import { verifySignature } from '../signature.ts';
import { batchGetItem, batchWriteItem } from './batch-operations.ts';
import { Database } from './database.ts';
import { unreadable } from './fault.ts';
import type { Input } from './input.ts';
import { deleteItem, getItem, putItem, updateItem } from './item-operations.ts';
import { query, scan } from './page-operations.ts';
import {
  createTable,
  deleteTable,
  describeContinuousBackups,
  describeTable,
  describeTimeToLive,
  listTables,
  updateContinuousBackups,
  updateTable,
  updateTimeToLive,
} from './table-operations.ts';
import { isRecord } from './value.ts';

export interface DynamoOptions extends EmulatorOptions {
  /**
   * Asked before each call, for tests. A fault is answered instead of the call; `lost` does the call and then breaks the
   * connection, as when an answer never arrives.
   */
  readonly fault?: (operation: string, input: Input) => AwsFault | 'lost' | undefined;
}

const target = 'DynamoDB_20120810.';
/** Each is done in one go; a fault is thrown as AwsFault. */
export const operations: ReadonlyMap<string, (database: Database, input: Input) => object> = new Map([
  ['BatchGetItem', batchGetItem],
  ['BatchWriteItem', batchWriteItem],
  ['CreateTable', createTable],
  ['DeleteItem', deleteItem],
  ['DeleteTable', deleteTable],
  ['DescribeContinuousBackups', describeContinuousBackups],
  ['DescribeTable', describeTable],
  ['DescribeTimeToLive', describeTimeToLive],
  ['GetItem', getItem],
  ['ListTables', listTables],
  ['PutItem', putItem],
  ['Query', query],
  ['Scan', scan],
  ['UpdateContinuousBackups', updateContinuousBackups],
  ['UpdateItem', updateItem],
  ['UpdateTable', updateTable],
  ['UpdateTimeToLive', updateTimeToLive],
]);

/**
 * DynamoDB over its own wire protocol (JSON 1.0), with the calls and expressions the gateway uses. State is kept in
 * `dynamodb.jsonl` of the data folder. Each call is done in one go, so that conditional writes are atomic.
 */
export async function startDynamo(options: DynamoOptions = {}): Promise<Emulator> {
  const now = options.now ?? Date.now;
  const credentials = options.credentials ?? localCredentials;
  const database = new Database({
    ...(options.dataDir === undefined ? {} : { file: path.join(options.dataDir, 'dynamodb.jsonl') }),
    region: options.region ?? 'us-west-2',
    now,
  });
  const calls = new Map<string, number>();

  function run(request: IncomingMessage, body: Buffer): object | 'lost' {
    const operation = operationOf(request);
    calls.set(operation, (calls.get(operation) ?? 0) + 1);
    const { method = '', url = '/', headers } = request;
    verifySignature({ method, url, headers }, body, { credentials, service: 'dynamodb', now: now() });
    const handle = operations.get(operation);
    if (handle === undefined) throw new AwsFault('UnknownOperationException', `Unknown operation ${operation}`);
    const input = parseInput(body);
    const fault = options.fault?.(operation, input);
    if (fault instanceof AwsFault) throw fault;
    const answer = handle(database, input);
    return fault ?? answer;
  }

  const listener: RequestListener = (request, response) => {
    readBody(request)
      .then((body) => {
        const answer = run(request, body);
        if (answer === 'lost') response.destroy();
        else send(response, 200, answer);
      })
      .catch((error: unknown) => sendError(response, error));
  };

  return startEmulator(listener, { port: options.port, calls, close: () => database.close() });
}

function operationOf(request: IncomingMessage): string {
  const header = request.headers['x-amz-target'];
  const text = typeof header === 'string' ? header : '';
  return text.startsWith(target) ? text.slice(target.length) : text;
}

function parseInput(body: Buffer): Input {
  let input: unknown;
  try {
    input = JSON.parse(body.toString('utf8'));
  } catch {
    throw unreadable('Unable to parse the request body as JSON');
  }
  if (!isRecord(input)) throw unreadable('Start of structure or map found where not expected');
  return input;
}

function send(response: ServerResponse, status: number, answer: object): void {
  const body = JSON.stringify(answer); // a string, because Node sends it together with the head
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.0',
    'content-length': Buffer.byteLength(body),
    'x-amzn-requestid': randomUUID(),
    'x-amz-crc32': String(crc32(body)),
  });
  response.end(body);
}

function sendError(response: ServerResponse, error: unknown): void {
  if (response.destroyed) return;
  const known = error instanceof AwsFault;
  const fault = known ? error : new AwsFault('InternalServerError', 'Internal server error', 500);
  send(response, fault.status, {
    __type: `${shapeOf(fault.type)}#${fault.type}`,
    message: fault.message,
    ...fault.extra,
  });
}

const frontEndShapes: Readonly<Record<string, string>> = {
  ValidationException: 'com.amazon.coral.validate',
  SerializationException: 'com.amazon.coral.service',
  UnknownOperationException: 'com.amazon.coral.service',
  MissingAuthenticationTokenException: 'com.amazon.coral.service',
  UnrecognizedClientException: 'com.amazon.coral.service',
  InvalidSignatureException: 'com.amazon.coral.service',
  IncompleteSignatureException: 'com.amazon.coral.service',
};

function shapeOf(type: string): string {
  return frontEndShapes[type] ?? 'com.amazonaws.dynamodb.v20120810';
}
