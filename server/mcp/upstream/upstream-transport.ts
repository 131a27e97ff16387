import { AsyncLocalStorage } from 'node:async_hooks';
import { type JSONRPCMessage, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

// What an upstream server may do to us on the wire. It may be hostile, or become so: nothing of an answer is kept in memory
// beyond its limit, no redirect is followed (it would carry the credential along, or lead into our own network), and no
// stream outlives the question it answers.

/** Why an upstream's answer was not read to its end; the words are ours and may be told. */
export class UpstreamFault extends Error {
  override readonly name = 'UpstreamFault';
}

/** No connection, or none any more; the SDK has errors of its own for that, without the cause. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

/** One question to an upstream and the answer to it. */
export interface Exchange {
  readonly mostBytes: number;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Answers of ours to what the server asked meanwhile. */
  replies?: number;
  /** Set by the transport, where the SDK would only say that a stream has ended. */
  fault?: UpstreamFault | UnreachableError | undefined;
}

/** The code of an error that is only said to ourselves: a stream ended without the answer. */
const brokenOff = -32_099;
/** Notices of ours, and answers to questions that are put to us, of which a server may well say nothing. */
const asideBytes = 64_000;
const asideMs = 5_000;

const exchanges = new AsyncLocalStorage<Exchange>();

/** Streamable HTTP of the SDK, within limits. */
export class UpstreamTransport extends StreamableHTTPClientTransport {
  /** @param headers with the credential; nothing of a caller's is ever among them */
  constructor(url: URL, headers: Readonly<Record<string, string>>) {
    super(url, { requestInit: { headers: { ...headers } }, fetch: fetchWithinLimits });
  }

  /** Everything that is sent within `work` belongs to this exchange. */
  within<T>(exchange: Exchange, work: () => Promise<T>): Promise<T> {
    return exchanges.run(exchange, work);
  }

  override async send(
    message: JSONRPCMessage,
    options?: Parameters<StreamableHTTPClientTransport['send']>[1],
  ): Promise<void> {
    if (!('method' in message)) this.#countReply();
    if (!('id' in message && 'method' in message)) {
      const aside = { mostBytes: asideBytes, signal: AbortSignal.timeout(asideMs) };
      return exchanges.run(aside, () => super.send(message, options));
    }
    // The SDK would wait for its whole time: it does not look at how a stream has ended.
    const onRequestStreamEnd = () => {
      const error = { code: brokenOff, message: 'The answer broke off before its result.' };
      this.onmessage?.({ jsonrpc: '2.0', id: message.id, error });
    };
    return super.send(message, { ...options, onRequestStreamEnd });
  }

  /** Each question of a server in one long stream would be a request of ours. */
  #countReply(): void {
    const exchange = exchanges.getStore();
    if (!exchange) return;
    exchange.replies = (exchange.replies ?? 0) + 1;
    if (exchange.replies > mostReplies) throw new UpstreamFault('It asks too much while it answers.');
  }
}

/** What a server may ask while it answers: signs of life, and things that it is told are not done here. */
const mostReplies = 20;

async function fetchWithinLimits(url: string | URL, init: RequestInit = {}): Promise<Response> {
  // A stream of the server's own, which may be opened and need not be: nothing here waits for its news.
  if (init.method === 'GET') return new Response(null, { status: 405 });
  const exchange = exchanges.getStore();
  if (!exchange) throw new Error('an upstream server was asked outside of an exchange');
  const signal = init.signal ? AbortSignal.any([init.signal, exchange.signal]) : exchange.signal;
  const response = await fetch(url, { ...init, redirect: 'manual', signal }).catch((cause: unknown) => {
    if (signal.aborted) throw cause;
    throw blame(exchange, new UnreachableError('No connection to the server.', { cause }));
  });
  if (response.status >= 300 && response.status < 400) {
    await response.body?.cancel();
    throw blame(exchange, new UpstreamFault('It sends callers to another address, which is never followed.'));
  }
  const { status, statusText, headers, body } = response;
  return new Response(body?.pipeThrough(limited(exchange)), { status, statusText, headers });
}

/** The bytes as they come, until there are too many: what a compressed answer unfolds to is what counts. */
function limited(exchange: Exchange): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  return new TransformStream({
    transform(piece, controller) {
      bytes += piece.byteLength;
      if (bytes <= exchange.mostBytes) controller.enqueue(piece);
      else
        controller.error(
          blame(exchange, new UpstreamFault(`Its answer is longer than the ${exchange.mostBytes} bytes it may have.`)),
        );
    },
  });
}

function blame(exchange: Exchange, fault: NonNullable<Exchange['fault']>): Error {
  exchange.fault ??= fault;
  return exchange.fault;
}
