import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { AwsFault } from '../emulator.ts';
import { describeFault } from './faults.ts';
import type { Reply } from './reply.ts';
import type { FaultScript } from './script.ts';

const errorTypeSuffix = ':http://internal.amazon.com/coral/com.amazon.bedrock/';

/** Sends an error as the service does: name in a header, text in the body, no `__type`. */
export function sendFault(reply: Reply, { status, type, message }: AwsFault): void {
  sendJson(reply, status, JSON.stringify({ message }), { 'x-amzn-errortype': `${type}${errorTypeSuffix}` });
}

const lostMembers: Partial<Record<FaultScript['kind'], readonly string[]>> = {
  'no-stop': ['stopReason', 'stop_reason'],
  'no-metadata': ['usage'],
};

/** Sends a whole answer after `delayMs`, or what a fault leaves of it: half of the JSON, a part missing, nothing. */
export async function sendConverse(
  reply: Reply,
  createBody: () => Readonly<Record<string, unknown>>,
  delayMs: number,
  fault: FaultScript | undefined,
): Promise<void> {
  if (delayMs > 0) await wait(delayMs, undefined, { ref: false });
  if (reply.body.destroyed || fault?.kind === 'hang') return;
  if (fault?.kind === 'reset') return reply.reset();
  if (fault?.kind === 'exception') {
    const type = fault.type ?? 'ModelErrorException';
    const { status, message } = describeFault(type);
    throw new AwsFault(type, fault.message ?? message, status);
  }
  const lost = fault && lostMembers[fault.kind];
  const body = Object.fromEntries(Object.entries(createBody()).filter(([name]) => !lost?.includes(name)));
  const json = JSON.stringify(body);
  const isBroken = fault?.kind === 'cut-frame' || fault?.kind === 'corrupt';
  sendJson(reply, 200, isBroken ? json.slice(0, Math.floor(json.length / 2)) : json);
}

/** Sends one body of JSON text. */
export function sendJson(
  reply: Reply,
  status: number,
  json: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (reply.body.destroyed) return;
  reply.sendHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(json),
    'x-amzn-requestid': randomUUID(),
    ...headers,
  });
  reply.body.end(json);
}
