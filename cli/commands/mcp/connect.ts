import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import packageFile from '../../../package.json' with { type: 'json' };
import type { Credential } from '../../api/client.ts';
import { toAnswerError, toNetworkError } from '../../api/failure.ts';
import { obeyProxyVariables } from '../../api/proxy.ts';
import type { Context } from '../../context.ts';
import { CliError, FailedError } from '../../errors.ts';

/** Answers that the protocol has no words for: the gateway itself refused, in words for people. */
const refusals = new Set([401, 402, 403, 413, 429, 500, 502, 503, 504]);

/** The way to the gateway's /mcp. What refuses before the protocol is reached, is thrown as the command's own error. */
export async function openTransport(context: Context): Promise<StreamableHTTPClientTransport> {
  const { url, credential } = await context.connection();
  await obeyProxyVariables(context.env);
  return new StreamableHTTPClientTransport(new URL(`${url}/mcp`), {
    fetch: async (target, init) => {
      const answer = await withCredential(credential, async (token) => {
        const headers = new Headers(init?.headers);
        headers.set('authorization', `Bearer ${token}`);
        const startedAt = performance.now();
        const response = await fetch(target, { ...init, headers, redirect: 'manual' }).catch((error: unknown) => {
          throw toNetworkError(error, url, context.timeoutMs);
        });
        const tookMs = Math.round(performance.now() - startedAt);
        context.trace(`< ${response.status} ${tookMs} ms request ${response.headers.get('x-request-id') ?? 'unknown'}`);
        return response;
      });
      if (refusals.has(answer.status)) throw await toAnswerError(answer, credential.kind);
      // The SDK reads the protocol's own error of a 400 only; unknown methods of the stateless revision are a 404.
      return answer.status === 404 ? new Response(answer.body, { ...headOf(answer), status: 400 }) : answer;
    },
  });
}

const headOf = ({ headers, statusText }: Response) => ({ headers, statusText });

/** Once more with a new token, where the first one was refused and another can be had. */
async function withCredential(credential: Credential, send: (token: string) => Promise<Response>): Promise<Response> {
  const token = await credential.bearer();
  const first = await send(token);
  if (first.status !== 401 || !credential.renew) return first;
  await first.body?.cancel();
  return send(await credential.renew(token));
}

/**
 * Does work with a client of the gateway's MCP server, and hangs up.
 * @throws CliError what the gateway or the protocol refused
 */
export async function withClient<T>(context: Context, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(
    { name: 'pennyworth-cli', version: packageFile.version },
    { versionNegotiation: { mode: 'auto' } },
  );
  try {
    await client.connect(await openTransport(context));
    return await work(client);
  } catch (error) {
    throw rootOf(error);
  } finally {
    await client.close();
  }
}

/** The SDK wraps what a connection failed of; the command's own error tells more. */
function rootOf(error: unknown): unknown {
  if (error instanceof CliError || !(error instanceof Error)) return error;
  const cause = rootOf(error.cause);
  if (cause instanceof CliError) return cause;
  return new FailedError(error.message, { hint: 'pennyworth mcp tools', code: 'mcp', cause: error });
}
