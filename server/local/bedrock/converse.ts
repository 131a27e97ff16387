import type { Answer, AnswerBlock } from './answer.ts';
import type { ModelCall } from './call.ts';
import { sealReasoning, signReasoning } from './reasoning.ts';
import type { CitationScript } from './script.ts';

/** The body of Converse's answer. */
export function encodeConverse(call: ModelCall, answer: Answer, latencyMs: number): Readonly<Record<string, unknown>> {
  return {
    ...(answer.responseFields !== undefined && { additionalModelResponseFields: answer.responseFields }),
    metrics: { latencyMs },
    output: { message: { content: answer.blocks.flatMap((block) => encodeBlock(call, block)), role: 'assistant' } },
    ...encodeEchoes(call, answer),
    stopReason: answer.stopReason,
    usage: answer.usage,
  };
}

/** What the service says of how it answered: the latency and the tier that were used, and what the guardrail found. */
export function encodeEchoes({ body }: ModelCall, { serviceTier, trace }: Answer): Readonly<Record<string, unknown>> {
  return {
    ...(body.performanceConfig && { performanceConfig: body.performanceConfig }),
    ...(serviceTier !== undefined && { serviceTier: { type: serviceTier } }),
    ...(trace && { trace }),
  };
}

/** The signature of a reasoning text, where the model signs its reasoning. */
export function findSignature(call: ModelCall, text: string): string | undefined {
  return call.model.maker === 'anthropic' ? signReasoning(text) : undefined;
}

function encodeBlock(call: ModelCall, block: AnswerBlock): readonly unknown[] {
  const whole = block.pieces.join('');
  if (block.kind === 'tool') {
    return [{ toolUse: { input: parseInput(whole), name: block.name, toolUseId: block.id } }];
  }
  if (whole === '' || block.kind === 'native') return [];
  if (block.kind === 'text') {
    const citations = block.citations?.map(toCitation);
    return [citations ? { citationsContent: { content: [{ text: whole }], citations } } : { text: whole }];
  }
  if (block.sealed) return [{ reasoningContent: { redactedContent: sealReasoning(whole) } }];
  const signature = findSignature(call, whole);
  return [{ reasoningContent: { reasoningText: { ...(signature && { signature }), text: whole } } }];
}

/** A citation in Converse's words. */
export function toCitation({ text, title, source, index = 0, start = 0, end = 0 }: CitationScript): object {
  const location =
    source === undefined
      ? { documentChar: { documentIndex: index, start, end } }
      : { searchResultLocation: { searchResultIndex: index, start, end } };
  return { ...(title && { title }), ...(source && { source }), sourceContent: [{ text }], location };
}

/** Arguments that were cut or broken come as an empty object. */
function parseInput(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return {};
  }
}
