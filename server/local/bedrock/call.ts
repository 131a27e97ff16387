import type { CatalogueModel } from '../../catalogue/catalogue.ts';
import type { ContentBlock, ConverseBody } from './body.ts';
import { sizeOfPrompt, tokensOf } from './usage.ts';

/** A content block with its place: message `i`, block `j`, both counted from 0. */
interface PlacedBlock {
  readonly i: number;
  readonly j: number;
  readonly role: string | null | undefined;
  readonly block: ContentBlock;
}

/** What may be asked of a model. */
export type Operation = 'Converse' | 'ConverseStream' | 'InvokeModel' | 'InvokeModelWithResponseStream' | 'CountTokens';

/** One request about a model, laid out for the rules. */
export interface Call {
  readonly operation: Operation;
  /** As sent, percent-decoded: bare id, profile id or ARN. */
  readonly modelId: string;
  /** The model that id names, if there is one. */
  readonly model: CatalogueModel | undefined;
  /** InvokeModel's as the Converse body that says the same. */
  readonly body: ConverseBody;
  /** InvokeModel's own, in the words of the Messages API. */
  readonly native: Readonly<Record<string, unknown>> | undefined;
  /** Every content block of every message, in order. */
  readonly blocks: readonly PlacedBlock[];
  /** Tokens of the whole prompt, cached or not. */
  readonly promptTokens: number;
}

/** A call whose model is known: what the layers after `routing` see. */
export interface ModelCall extends Call {
  readonly model: CatalogueModel;
}

export function createCall(
  operation: Operation,
  modelId: string,
  model: CatalogueModel | undefined,
  body: ConverseBody,
  native?: Call['native'],
): Call {
  const blocks = (body.messages ?? []).flatMap(({ role, content }, i) =>
    (content ?? []).map((block, j) => ({ i, j, role, block })),
  );
  return { operation, modelId, model, body, native, blocks, promptTokens: tokensOf(sizeOfPrompt(body)) };
}

export function hasModel(call: Call): call is ModelCall {
  return call.model !== undefined;
}

export function isStreamed(operation: Operation): boolean {
  return operation === 'ConverseStream' || operation === 'InvokeModelWithResponseStream';
}
