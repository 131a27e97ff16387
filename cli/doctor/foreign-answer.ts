import * as z from 'zod/mini';
import { CheckFailure } from './check-list.ts';
import { parseJson, type Reply } from './probe.ts';

/** API Gateway's default error body (API Gateway developer guide, "Gateway response types"). */
const DefaultBody = z.union([
  z.strictObject({ message: z.nullable(z.string()) }),
  z.strictObject({ Message: z.nullable(z.string()) }),
]);

/** By a word of API Gateway's message: what it means here. */
const meanings: readonly (readonly [RegExp, string, string])[] = [
  [
    /Missing Authentication Token/,
    'none of its routes has this path',
    'take the address from the output ApiUrl, with its stage (…/prod); if it is that, deploy template.yaml again: its GatewayResponses and its route /{proxy+} are missing',
  ],
  [
    /Forbidden/,
    'it refuses the address itself',
    'take the address from the output ApiUrl: with a domain of your own the execute-api address is switched off, and a web ACL refuses with the same word',
  ],
  [
    /Internal server error/i,
    'it could not run the function, or did not understand its answer',
    'read the newest lines of the function’s log group; then deploy template.yaml again',
  ],
  [
    /timed out/i,
    'it waited no longer for the function',
    'deploy template.yaml again: its events say ResponseTransferMode: RESPONSE_STREAM and TimeoutInMillis: 900000',
  ],
  [
    /Too Many Requests|Limit Exceeded/i,
    'the throttle of its stage is used up',
    'try again, or raise ThrottleRequestsPerSecond and ThrottleBurst',
  ],
];

/**
 * What stands in the gateway's place, in words. API Gateway's default errors mean that a request never came to the
 * function, and that no client of OpenAI's or Anthropic's API could read why.
 */
export function foreignAnswer(reply: Reply): CheckFailure {
  const { status, headers, text } = reply;
  const body = DefaultBody.safeParse(parseJson(text));
  if (body.success) {
    const said = Object.values(body.data)[0] ?? 'null';
    const [, why, next] = meanings.find(([pattern]) => pattern.test(said)) ?? [
      undefined,
      'the function did not answer',
      'deploy template.yaml again: its GatewayResponses are missing',
    ];
    return new CheckFailure(`API Gateway answered ${status} "${said}" in its default shape: ${why}`, next, { status });
  }
  const type = headers.get('content-type') ?? 'no content type';
  const where = headers.get('location');
  const elsewhere = where === null ? '' : `, which leads to ${where}`;
  return new CheckFailure(
    `the answer was ${status} (${type})${elsewhere}: this is not what Pennyworth says`,
    'check the address; if it is right, look for a proxy or firewall in between',
    { status },
  );
}
