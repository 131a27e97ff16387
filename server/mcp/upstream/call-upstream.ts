import type { CallToolResult } from '@modelcontextprotocol/server';
import type { CallStatus } from '../../../shared/api/usage.ts';
import { mayUseTool } from '../../auth/authorize.ts';
import { reserve, timeLeft } from '../../calls/admit.ts';
import { checkTeam } from '../../calls/check-model.ts';
import { OpenCall } from '../../calls/open-call.ts';
import { tagOf } from '../../calls/tag.ts';
import { forbidden, GatewayError } from '../../errors.ts';
import { noUsage } from '../../model/usage.ts';
import { type Fault, upstreamFaultOf } from '../../observe/fault.ts';
import type { McpCall } from '../surface.ts';
import type { UpstreamTool } from './read-tools.ts';
import { splitName } from './tool-names.ts';
import type { Upstream } from './upstream.ts';

const endpoint = '/mcp';
/** What a call costs here; what its server bills is between the operator and that server. */
const free = { input: 0, output: 0 };
const nothing = { likelyNanoUsd: 0, mostNanoUsd: 0, tokens: 0 };

/**
 * One call of a tool of another server's: admitted like a call of a model, so that rates, open calls and revocation count
 * for it, and with one row in the ledger, but without money.
 * @throws GatewayError 400 for the tag, 401, 403, 429, 502, 503, 504
 */
export async function callUpstream(
  upstream: Upstream,
  tool: UpstreamTool,
  input: Readonly<Record<string, unknown>>,
  mcp: McpCall,
): Promise<CallToolResult> {
  const { call } = mcp;
  const tag = tagOf(call.request);
  const { server = '', tool: part = '' } = splitName(tool.name) ?? {};
  const target = {
    provider: 'mcp',
    modelId: tool.remoteName,
    model: { alias: `mcp:${server}/${part}` },
    price: free,
  };
  const admitted = await reserve(call, nothing, {
    endpoint,
    target,
    tag,
    check: (identity) => {
      checkTeam(identity);
      if (!mayUseTool(identity, tool.name)) throw forbidden('forbidden', `This key may not use the tool ${tool.name}.`);
    },
  });
  const { requestId, startedAt } = call;
  const open = new OpenCall(call.context, { ...admitted, requestId, startedAt, endpoint, target, tag, stream: false });
  let end: CallEnd = { status: 'ok', errorCode: null, fault: null };
  let attempts = 1;
  mcp.later(({ clientClosed }) => {
    const { fault, ...told } = clientClosed ? left : end;
    const rest = { usage: noUsage, usageEstimated: false, attempts, dropped: [], upstreamRequestId: null };
    return open.close({ ...rest, ...told }, fault);
  });
  try {
    const result = await upstream.call({
      tool: { name: tool.remoteName, inputSchema: tool.inputSchema },
      input,
      // Nobody pays for the rest, so it need not run on as an answer of a model does.
      signal: mcp.left,
      timeoutMs: timeLeft(call),
      progress: ascending((done, message) => void mcp.progress(done, message).catch(() => undefined)),
      onRepeat: () => {
        attempts++;
      },
    });
    if (result.isError) end = { status: 'error', errorCode: 'tool_error', fault: null };
    return result;
  } catch (error) {
    const errorCode = error instanceof GatewayError ? error.code : 'internal_error';
    end = mcp.left.aborted ? left : { status: 'error', errorCode, fault: upstreamFaultOf(error) };
    throw error;
  }
}

interface CallEnd {
  readonly status: CallStatus;
  readonly errorCode: string | null;
  readonly fault: Fault | null;
}

/** Whoever asked did not wait: by a cancellation, or by closing the connection. */
const left: CallEnd = { status: 'client_closed', errorCode: null, fault: null };

/** The protocol asks for figures that grow; whoever sends others is not passed on. */
function ascending(progress: (done: number, message: string | undefined) => void): typeof progress {
  let last = Number.NEGATIVE_INFINITY;
  return (done, message) => {
    if (!(done > last)) return;
    last = done;
    progress(done, message);
  };
}
