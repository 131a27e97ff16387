import type { Writable } from 'node:stream';

// What Lambda's Node runtime brings for functions that stream their answer (aws-lambda-ric 4.0.2).

/** Of the prelude: JSON, then eight zero bytes, then the body. */
interface Prelude {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
}

export interface InvocationContext {
  getRemainingTimeInMillis(): number;
}

type StreamingHandler = (event: unknown, stream: Writable, context: InvocationContext) => Promise<void>;

declare global {
  const awslambda: {
    streamifyResponse(handler: StreamingHandler): StreamingHandler;
    /** The prelude goes out with the first write to what this returns, and never without one. */
    readonly HttpResponseStream: { from(stream: Writable, prelude: Prelude): Writable };
  };
}
