import { AwsFault } from '../emulator.ts';
import { isStreamed, type ModelCall } from './call.ts';
import { encodeException } from './frames.ts';
import type { Reply } from './reply.ts';
import { modelPrefix } from './rules/find-refusal.ts';
import { findScript, type Script } from './script.ts';
import { sendFault } from './send.ts';
import { sendStreamHead } from './stream.ts';

/**
 * Sends a refusal: as an ordinary error, or, where a script asks for it and the model itself refused, in one of the two
 * other forms seen of it: as the first frame of a stream, or around Anthropic's JSON.
 */
export function sendRefusal(reply: Reply, call: ModelCall, refusal: AwsFault): void {
  const form = call.native || refusal.message.startsWith(modelPrefix) ? findForm(call) : undefined;
  if (form === 'in-stream' && isStreamed(call.operation)) {
    sendStreamHead(reply);
    reply.body.end(encodeException(refusal.type, JSON.stringify({ message: refusal.message })));
  } else if (form === 'nested-json') {
    const prefix = call.native ? '' : modelPrefix;
    const message = refusal.message.slice(prefix.length);
    const nested = { type: 'error', request_id: 'req_simulated', error: { type: 'invalid_request_error', message } };
    sendFault(reply, new AwsFault(refusal.type, `${prefix}${JSON.stringify(nested)}`, refusal.status));
  } else {
    sendFault(reply, refusal);
  }
}

/** A marker that cannot be read does not matter any more. */
function findForm(call: ModelCall): Script['refusal'] {
  try {
    return findScript(call)?.script.refusal;
  } catch {
    return undefined;
  }
}
