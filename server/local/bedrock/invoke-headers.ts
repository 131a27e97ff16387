import { isJsonObject } from './json.ts';

/** The headers of InvokeModel as the members of Converse that say the same. */
export function readInvokeHeaders(headers: Readonly<Record<string, string | string[] | undefined>>) {
  const read = (name: string): string | undefined => {
    const value = headers[`x-amzn-bedrock-${name}`];
    return typeof value === 'string' ? value : undefined;
  };
  const [id, version, trace] = [read('guardrailidentifier'), read('guardrailversion'), read('trace')];
  const [tier, latency, metadata] = [read('service-tier'), read('performanceconfig-latency'), read('request-metadata')];
  const isGuarded = id !== undefined || trace !== undefined;
  // Lower case is Converse's; here it is refused.
  const word = trace === trace?.toUpperCase() ? trace?.toLowerCase() : `'${trace}'`;
  return {
    ...(isGuarded && { guardrailConfig: { guardrailIdentifier: id, guardrailVersion: version, trace: word } }),
    ...(tier !== undefined && { serviceTier: { type: tier } }),
    ...(latency !== undefined && { performanceConfig: { latency } }),
    ...(metadata !== undefined && { requestMetadata: toMetadata(metadata) }),
  };
}

/** JSON text, as the SDK sends it. */
function toMetadata(header: string): Readonly<Record<string, unknown>> {
  const json: unknown = JSON.parse(header);
  return isJsonObject(json) ? json : {};
}
