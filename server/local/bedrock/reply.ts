import type { ServerResponse } from 'node:http';
import { constants, type ServerHttp2Stream } from 'node:http2';
import type { Writable } from 'node:stream';

/** Where an answer goes, over HTTP/1.1 or HTTP/2 alike. */
export interface Reply {
  /** The body. */
  readonly body: Writable;
  /** Sets status and headers; they leave with the first bytes of the body, or with `flushHead`. */
  sendHead(status: number, headers: Readonly<Record<string, string | number>>): void;
  /** Sends status and headers before any body. */
  flushHead(): void;
  /** Breaks the connection (HTTP/1.1) or the stream (HTTP/2) as a failing server does. */
  reset(): void;
}

export function createHttp1Reply(response: ServerResponse): Reply {
  return {
    body: response,
    sendHead(status, headers) {
      response.writeHead(status, headers);
    },
    flushHead() {
      response.flushHeaders();
    },
    reset() {
      response.socket?.resetAndDestroy();
    },
  };
}

export function createHttp2Reply(stream: ServerHttp2Stream): Reply {
  return {
    body: stream,
    sendHead(status, headers) {
      if (!stream.destroyed) stream.respond({ ':status': status, ...headers });
    },
    flushHead: () => undefined, // HTTP/2 sends it at once
    reset() {
      stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    },
  };
}

/** Writes and waits while the reader is slow. @returns false when the reader has gone. */
export async function write(body: Writable, bytes: Uint8Array): Promise<boolean> {
  if (body.destroyed) return false;
  if (!body.write(bytes)) {
    await new Promise<void>((resolve) => {
      const done = () => {
        body.off('drain', done);
        body.off('close', done);
        resolve();
      };
      body.on('drain', done);
      body.on('close', done);
    });
  }
  return !body.destroyed;
}
