import {
  isJSONRPCErrorResponse,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
  type JSONRPCMessage,
  ReadBuffer,
  serializeMessage,
} from '@modelcontextprotocol/client';
import * as z from 'zod/mini';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { CliError } from '../../errors.ts';
import { openTransport } from './connect.ts';

const Initialized = z.looseObject({ protocolVersion: z.string() });

/**
 * Hands messages on, both ways and as they are, between the standard streams and the gateway. stdout is the protocol's
 * alone; what a person should know goes to stderr. When its input has ended, it ends with the last answer.
 */
export async function run(_input: CommandInput, context: Context): Promise<void> {
  const { io } = context;
  const gateway = await openTransport(context);
  /** Requests that wait for their answer, by id. */
  const open = new Map<string | number, () => void>();
  const answered: Promise<void>[] = [];
  const answer = (message: JSONRPCMessage) => {
    io.out.write(serializeMessage(message));
    const isResult = isJSONRPCResultResponse(message);
    if (isResult || isJSONRPCErrorResponse(message)) open.get(message.id ?? '')?.();
    // Each request after the handshake names the version that it agreed upon, in a header.
    const initialized = isResult ? Initialized.safeParse(message.result) : undefined;
    if (initialized?.success) gateway.setProtocolVersion(initialized.data.protocolVersion);
  };
  gateway.onmessage = answer;
  gateway.onerror = (error) => context.trace(`! ${error.message}`);
  await gateway.start();
  const pass = (message: JSONRPCMessage) => {
    if (isJSONRPCRequest(message)) answered.push(new Promise((resolve) => open.set(message.id, resolve)));
    gateway.send(message).catch((error: unknown) => {
      // A client waits for the answer of a request; for a notification nobody does.
      if (isJSONRPCRequest(message)) answer({ jsonrpc: '2.0', id: message.id, error: toRpcError(error) });
    });
  };
  const isInterrupted = await readMessages(context, pass);
  if (!isInterrupted) await Promise.all(answered);
  await gateway.close();
}

function toRpcError(error: unknown): { code: number; message: string } {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof CliError && error.hint !== undefined ? ` (${error.hint})` : '';
  return { code: -32_000, message: `${message}${hint}` };
}

/** Hands each message of stdin to `pass`. @returns at its end; true: Ctrl-C came before it */
function readMessages({ io }: Context, pass: (message: JSONRPCMessage) => void): Promise<boolean> {
  const buffer = new ReadBuffer();
  const readNext = (): JSONRPCMessage | null | undefined => {
    try {
      return buffer.readMessage();
    } catch {
      io.note('A line on stdin is no message of the protocol; it is left out.');
      return undefined;
    }
  };
  return new Promise((resolve, reject) => {
    io.onInterrupt(() => resolve(true));
    io.stdin.once('end', () => resolve(false));
    io.stdin.once('error', reject);
    io.stdin.on('data', (chunk: Buffer) => {
      buffer.append(chunk);
      for (let message = readNext(); message !== null; message = readNext()) if (message) pass(message);
    });
  });
}
