import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { CatalogueModel } from '../../catalogue/catalogue.ts';
import { AwsFault, type Emulator, type EmulatorOptions, localCredentials } from '../emulator.ts';
import { type Answer, createAnswer } from './answer.ts';
import { authenticate } from './authentication.ts';
import { parseBody, parseJson } from './body.ts';
import { type Call, createCall, hasModel, isStreamed, type ModelCall, type Operation } from './call.ts';
import { createMessageEvents, encodeMessage } from './claude-answer.ts';
import { toConverse } from './claude-body.ts';
import { encodeConverse } from './converse.ts';
import { countTokens } from './count-tokens.ts';
import { listenDual } from './dual-server.ts';
import { describeFault } from './faults.ts';
import { readInvokeHeaders } from './invoke-headers.ts';
import { isJsonObject } from './json.ts';
import { createTargetFinder, type FindTarget } from './model-ids.ts';
import { createPromptCache } from './prompt-cache.ts';
import { sendRefusal } from './refusal.ts';
import { createHttp1Reply, createHttp2Reply, type Reply } from './reply.ts';
import { findRefusal } from './rules/find-refusal.ts';
import { createRuleSet } from './rules.ts';
import { type FaultScript, findScript, type Script } from './script.ts';
import { sendConverse, sendFault, sendJson } from './send.ts';
import { sendStream, sendStreamHead } from './stream.ts';
import { createStreamEvents } from './stream-events.ts';

const operationPath = /^\/model\/([^/?]+)\/([a-z-]+)(?:\?|$)/;
const operations: ReadonlyMap<string, Operation> = new Map([
  ['converse', 'Converse'],
  ['converse-stream', 'ConverseStream'],
  ['invoke', 'InvokeModel'],
  ['invoke-with-response-stream', 'InvokeModelWithResponseStream'],
  ['count-tokens', 'CountTokens'],
]);

export type BedrockOptions = EmulatorOptions & { readonly models: readonly CatalogueModel[] };

/** A request as it came, over either version of HTTP. */
interface Incoming {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
}

/**
 * A strict stand-in for Bedrock's runtime: Converse, and InvokeModel for Claude, on the real wire, refusing what the service
 * refuses in the service's words. It answers with a fixed text, or with what a marker in the last user text asks for:
 *
 * `[[sim:{"text":"Hello","chunks":3,"chunkDelayMs":20}]]`
 *
 * All fields of a script are in script.ts and in doc/simulator.md.
 */
export async function startBedrock(options: BedrockOptions): Promise<Emulator> {
  const simulator = createSimulator(options);
  const listening = await listenDual(
    options.port ?? 0,
    (request, response) => {
      const { method = 'GET', url = '/', headers } = request;
      void simulator.serve({ method, url, headers, body: request }, createHttp1Reply(response));
    },
    (stream, headers) => {
      stream.on('error', () => undefined); // a client that broke off
      const { ':method': method = 'GET', ':path': url = '/', ':authority': authority } = headers;
      const plain = { ...headers, host: headers.host ?? authority };
      void simulator.serve({ method, url, headers: plain, body: stream }, createHttp2Reply(stream));
    },
  );
  return { ...listening, calls: simulator.calls };
}

interface Received {
  readonly name: Operation;
  readonly modelId: string;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
}

const tierHeader = 'x-amzn-bedrock-service-tier';
const latencyHeader = 'x-amzn-bedrock-performanceconfig-latency';

/** @throws AwsFault for a body that cannot be read */
function readCall({ name, modelId, headers, bytes }: Received, findTarget: FindTarget): Call {
  const model = findTarget(modelId)?.model;
  if (!name.startsWith('InvokeModel')) return createCall(name, modelId, model, parseBody(bytes));
  if (model && model.maker !== 'anthropic') {
    throw new AwsFault('ValidationException', 'The simulator has InvokeModel for Claude only.', 400);
  }
  const json = parseJson(bytes);
  const native = isJsonObject(json) ? json : {};
  return createCall(name, modelId, model, toConverse(native, readInvokeHeaders(headers)), native);
}

interface Simulator {
  readonly calls: ReadonlyMap<string, number>;
  serve(incoming: Incoming, reply: Reply): Promise<void>;
}

function createSimulator(options: BedrockOptions): Simulator {
  const { credentials = localCredentials, now = Date.now } = options;
  const findTarget = createTargetFinder(options.models);
  const rules = createRuleSet(findTarget);
  const cache = createPromptCache();
  const calls = new Map<string, number>();
  const tries = new Map<string, number>();

  /** Whether a failure meant for the first `times` tries still happens. Each question is a try. */
  const stillHappens = (key: string, times: number | undefined): boolean => {
    if (times === undefined) return true;
    const seen = (tries.get(key) ?? 0) + 1;
    tries.set(key, seen);
    return seen <= times;
  };

  /** A request of the caller's own, for an operation that exists. @throws AwsFault */
  const receive = async (incoming: Incoming) => {
    const operation = incoming.method === 'POST' ? findOperation(incoming.url) : undefined;
    const name = operation?.name ?? 'UnknownOperation';
    calls.set(name, (calls.get(name) ?? 0) + 1);
    const bytes = await readAll(incoming.body);
    if (!operation) throw new AwsFault('UnknownOperationException', 'The requested operation is not known here.', 404);
    authenticate(incoming, bytes, { credentials, now: now() });
    return { ...operation, headers: incoming.headers, bytes };
  };

  /** The call, and what refuses it where its model is known. @throws AwsFault for whatever refuses it before that. */
  const admit = (received: Received): { call: ModelCall; refusal: AwsFault | undefined } => {
    const call = readCall(received, findTarget);
    const refusal = findRefusal(rules, call);
    if (hasModel(call)) return { call, refusal };
    throw refusal ?? new Error(`no rule refused the unknown model ${call.modelId}`);
  };

  const answer = async (incoming: Incoming, reply: Reply): Promise<void> => {
    const startedMs = performance.now();
    const received = await receive(incoming);
    if (received.name === 'CountTokens') {
      const { modelId, bytes } = received;
      return sendJson(reply, 200, JSON.stringify(countTokens(modelId, bytes, findTarget)));
    }
    const { call, refusal } = admit(received);
    if (refusal) return sendRefusal(reply, call, refusal);
    const chosen = findScript(call);
    const script = chosen?.script ?? {};
    const { fail, fault } = script;
    if (fail && stillHappens(`fail ${chosen?.key}`, fail.times)) {
      const { status, message } = describeFault(fail.type);
      throw new AwsFault(fail.type, fail.message ?? message, fail.status ?? status);
    }
    const activeFault = fault && stillHappens(`fault ${chosen?.key}`, fault.times) ? fault : undefined;
    const whole = createAnswer(call, chosen, cache.use(call, now()));
    const latencyMs = Math.round(performance.now() - startedMs);
    return deliver(reply, { call, answer: whole, script, fault: activeFault, latencyMs });
  };

  return {
    calls,
    serve: (incoming, reply) =>
      answer(incoming, reply).catch((error: unknown) => {
        if (reply.body.destroyed) return;
        const reason = error instanceof Error ? error.message : String(error);
        sendFault(reply, error instanceof AwsFault ? error : new AwsFault('InternalServerException', reason, 500));
      }),
  };
}

interface Delivery {
  readonly call: ModelCall;
  readonly answer: Answer;
  readonly script: Script;
  readonly fault: FaultScript | undefined;
  readonly latencyMs: number;
}

/** Sends an answer in the form of its operation. */
function deliver(reply: Reply, { call, answer, script, fault, latencyMs }: Delivery): Promise<void> {
  if (!isStreamed(call.operation)) {
    const createBody = () => (call.native ? encodeMessage(call, answer) : encodeConverse(call, answer, latencyMs));
    return sendConverse(reply, createBody, script.delayMs ?? 0, fault);
  }
  sendStreamHead(reply, call.native ? headersOf(call, answer) : {});
  const createEvents = call.native ? createMessageEvents : createStreamEvents;
  return sendStream(reply, createEvents(call, answer, latencyMs), script, fault);
}

/** What Converse has in its metadata. */
function headersOf({ body }: ModelCall, { serviceTier }: Answer): Readonly<Record<string, string>> {
  const latency = body.performanceConfig?.latency;
  return { ...(serviceTier && { [tierHeader]: serviceTier }), ...(latency && { [latencyHeader]: latency }) };
}

function findOperation(url: string): { readonly name: Operation; readonly modelId: string } | undefined {
  const [, id, last] = operationPath.exec(url) ?? [];
  const name = operations.get(last ?? '');
  if (id === undefined || name === undefined) return undefined;
  try {
    return { name, modelId: decodeURIComponent(id) };
  } catch {
    return undefined;
  }
}

async function readAll(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  const [only] = chunks;
  return only && chunks.length === 1 ? only : Buffer.concat(chunks);
}
