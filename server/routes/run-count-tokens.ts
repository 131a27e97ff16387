import { checkModelAllowed } from '../calls/check-model.ts';
import { estimatePromptTokens } from '../calls/estimate-prompt.ts';
import { decodeMessagesRequest } from '../dialects/anthropic-messages/decode-request.ts';
import { messagesNameOf } from '../dialects/anthropic-messages/dropped-names.ts';
import { DroppedFields } from '../dialects/dropped-fields.ts';
import type { HttpResponse } from '../http.ts';
import { header } from '../http.ts';
import { defaultOutputCap } from '../money/estimate.ts';
import { refuseDropped } from '../providers/provider.ts';
import type { InferenceCall } from '../route.ts';
import { json } from '../route.ts';

/** Milliseconds. A client waits for the figure before it sends the call itself; an estimate is better than a long wait. */
const longestCountMs = 10_000;

export async function runCountTokens({ context, identity, request: sent, body }: InferenceCall): Promise<HttpResponse> {
  // A count has no cap of its own.
  const decoded = decodeMessagesRequest({ ...body, max_tokens: 1 }, sent.headers['anthropic-beta']);
  const request = { ...decoded.request, maxOutputTokens: undefined, cache: 'off' as const, stream: false };
  const target = context.catalogue.resolve(request.model);
  checkModelAllowed(identity, target);
  const counted = await context.providers[target.provider].countTokens({
    target,
    request: await context.remoteImages.load(request),
    maxOutputTokens: defaultOutputCap(target.model),
    signal: AbortSignal.timeout(longestCountMs),
  });
  const dropped = new DroppedFields();
  for (const name of decoded.dropped) dropped.add(name);
  for (const name of counted.dropped) dropped.add(messagesNameOf(name, request));
  const names = dropped.shortList();
  if (header(sent, 'x-pennyworth-strict') === 'true') refuseDropped(names);
  const { inputTokens } = counted;
  return json(
    200,
    { input_tokens: inputTokens ?? estimatePromptTokens(request) },
    {
      'x-pennyworth-model': target.modelId,
      'x-pennyworth-token-count': inputTokens === undefined ? 'estimate' : 'provider',
      ...(names.length > 0 && { 'x-pennyworth-dropped': names.join(',') }),
    },
  );
}
