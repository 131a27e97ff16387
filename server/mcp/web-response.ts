import { type HttpRequest, type HttpResponse, header } from '../http.ts';

// The SDK speaks the web's Request and Response, the gateway its own smaller ones.

/** The headers the protocol reads; never a credential, which no code of others needs to see. */
const protocolHeader = /^(accept|mcp-[a-z0-9-]+|traceparent|tracestate)$/;

/** A request without its body, which was parsed already; its address is nowhere read. */
export function toWebRequest(request: HttpRequest): Request {
  const headers = new Headers({ 'content-type': 'application/json' });
  for (const name of Object.keys(request.headers)) {
    const value = header(request, name);
    if (protocolHeader.test(name) && value !== undefined) headers.set(name, value);
  }
  return new Request('http://gateway/mcp', { method: 'POST', headers });
}

/** Headers of a connection, which belong to the adapter. */
const ofConnection = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length']);

export async function fromWebResponse(response: Response): Promise<HttpResponse> {
  const headers = Object.fromEntries([...response.headers].filter(([name]) => !ofConnection.has(name)));
  const streams = headers['content-type']?.startsWith('text/event-stream') === true && response.body !== null;
  return { status: response.status, headers, body: streams ? textOf(response.body) : await response.text() };
}

async function* textOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const bytes of body) yield decoder.decode(bytes, { stream: true });
}
