import {
  isJSONRPCErrorResponse,
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
  type JSONRPCMessage,
  parseJSONRPCMessage,
  type StreamableHTTPClientTransport,
  serializeMessage,
} from '@modelcontextprotocol/client';
import * as z from 'zod/mini';
import { CliError } from '../../errors.ts';

type RequestId = string | number;

/** More than the gateway takes: what is longer is refused without being kept. */
const longestLine = 10_000_000;

const Initialized = z.looseObject({ protocolVersion: z.string() });
const Cancelled = z.looseObject({ requestId: z.union([z.string(), z.number()]) });
const Identified = z.looseObject({ id: z.union([z.string(), z.number()]) });

/** Messages between a program's lines and the gateway, both ways and as they are. Each request gets an answer, once. */
export class Bridge {
  readonly #gateway: StreamableHTTPClientTransport;
  readonly #write: (text: string) => void;
  /** Requests that wait for their answer. */
  readonly #open = new Map<RequestId, () => void>();
  #line = '';
  #isTooLong = false;

  constructor(gateway: StreamableHTTPClientTransport, write: (text: string) => void) {
    this.#gateway = gateway;
    this.#write = write;
    gateway.onmessage = (message) => this.#answer(message);
  }

  /** Text as it comes from the program, which ends each message with a line end. */
  read(text: string): void {
    const [first = '', ...rest] = text.split('\n');
    this.#append(first);
    for (const begun of rest) {
      this.#endLine();
      this.#append(begun);
    }
  }

  /** Until each request is answered, cancelled or given up. */
  async settled(): Promise<void> {
    while (this.#open.size > 0) {
      await new Promise<void>((resolve) => {
        for (const [id, done] of this.#open) {
          this.#open.set(id, () => {
            done();
            resolve();
          });
        }
      });
    }
  }

  #append(text: string): void {
    this.#isTooLong ||= this.#line.length + text.length > longestLine;
    this.#line = this.#isTooLong ? '' : this.#line + text;
  }

  #endLine(): void {
    const [line, isTooLong] = [this.#line.trim(), this.#isTooLong];
    this.#line = '';
    this.#isTooLong = false;
    if (isTooLong) this.#refuse(undefined, -32_600, `A message has more than ${longestLine} characters.`);
    else if (line !== '') this.#readMessage(line);
  }

  #readMessage(line: string): void {
    let parsed: unknown;
    try {
      parsed = JSON.parse(line);
    } catch {
      this.#refuse(undefined, -32_700, 'A line is not JSON.');
      return;
    }
    let message: JSONRPCMessage;
    try {
      message = parseJSONRPCMessage(parsed);
    } catch {
      this.#refuse(Identified.safeParse(parsed).data?.id, -32_600, 'This is not a message of JSON-RPC 2.0.');
      return;
    }
    this.#pass(message);
  }

  #pass(message: JSONRPCMessage): void {
    if (!isJSONRPCRequest(message)) {
      const cancelled = isJSONRPCNotification(message) && message.method === 'notifications/cancelled';
      const { data } = Cancelled.safeParse(cancelled ? message.params : undefined);
      if (data) this.#end(data.requestId);
      // Nobody waits for an answer to it.
      this.#gateway.send(message).catch(() => undefined);
      return;
    }
    const { id } = message;
    this.#end(id);
    this.#open.set(id, () => undefined);
    const onRequestStreamEnd = () => {
      const words = 'The connection broke before the answer came. What the call had begun may be done, and billed.';
      if (this.#open.has(id)) this.#refuse(id, -32_000, words);
    };
    this.#gateway.send(message, { onRequestStreamEnd }).catch((error: unknown) => {
      if (this.#open.has(id)) this.#refuse(id, -32_000, wordsOf(error));
    });
  }

  #refuse(id: RequestId | undefined, code: number, message: string): void {
    // JSON-RPC's word for a message whose id could not be read; the SDK's type of an answer lacks it.
    const line = { jsonrpc: '2.0', id: id ?? null, error: { code, message } };
    this.#write(`${JSON.stringify(line)}\n`);
    if (id !== undefined) this.#end(id);
  }

  #answer(message: JSONRPCMessage): void {
    this.#write(serializeMessage(message));
    const isResult = isJSONRPCResultResponse(message);
    if ((isResult || isJSONRPCErrorResponse(message)) && message.id !== undefined) this.#end(message.id);
    // Each request after the handshake names the version that it agreed upon, in a header.
    const initialized = isResult ? Initialized.safeParse(message.result) : undefined;
    if (initialized?.success) this.#gateway.setProtocolVersion(initialized.data.protocolVersion);
  }

  #end(id: RequestId): void {
    const done = this.#open.get(id);
    this.#open.delete(id);
    done?.();
  }
}

function wordsOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof CliError && error.hint !== undefined ? `${message} (${error.hint})` : message;
}
