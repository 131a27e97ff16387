import type { ToolResultContent } from './body.ts';
import type { ModelCall } from './call.ts';
import { createSample } from './schema-sample.ts';

const maxQuotedCharacters = 200;

const explanation =
  'No model was asked: the local stack has none behind it, so that everything works without an account and costs ' +
  'nothing. The words are always the same, and they arrive in small pieces as the words of a real model do. A script ' +
  'in the last message asks for another answer, such as a tool call, a pause or a failure.';

/** What the simulator says when no script tells it otherwise. Depends on nothing but the request. */
export function createDefaultText(call: ModelCall): string {
  const results = describeToolResults(call);
  return `This is a simulated answer from ${call.model.id}: ${results === '' ? '' : `${results} `}${explanation}`;
}

/** The words of the default text, to fill answers of any number of chunks. */
export const fillerWords: readonly string[] = explanation.split(' ');

/** The tool that the request's tool choice forces, with the smallest input its schema allows. */
export function createForcedToolCall(call: ModelCall): { readonly name: string; readonly input: unknown } | undefined {
  const { tools, toolChoice } = call.body.toolConfig ?? {};
  const specs = (tools ?? []).flatMap(({ toolSpec }) => toolSpec ?? []);
  const forced = toolChoice?.any ? specs[0] : specs.find(({ name }) => name && name === toolChoice?.tool?.name);
  return forced?.name ? { name: forced.name, input: createSample(forced.inputSchema?.json) } : undefined;
}

/** The JSON text that follows the output schema of the request, if it has one. */
export function createStructuredText(call: ModelCall): string | undefined {
  const schema = call.body.outputConfig?.textFormat?.structure?.jsonSchema?.schema;
  if (!schema) return undefined;
  try {
    return JSON.stringify(createSample(JSON.parse(schema)));
  } catch {
    return undefined;
  }
}

function describeToolResults({ body, blocks }: ModelCall): string {
  const results = (body.messages?.at(-1)?.content ?? []).flatMap(({ toolResult }) => toolResult ?? []);
  return results
    .map(({ toolUseId, content }) => {
      const use = blocks.findLast(({ block }) => block.toolUse?.toolUseId === toolUseId);
      const said = (content ?? []).map(describeContent).join(' ').slice(0, maxQuotedCharacters);
      return `The tool ${use?.block.toolUse?.name ?? 'without a name'} answered “${said}”.`;
    })
    .join(' ');
}

function describeContent({ text, json }: ToolResultContent): string {
  return text ?? (json === undefined ? 'something other than text' : JSON.stringify(json));
}
