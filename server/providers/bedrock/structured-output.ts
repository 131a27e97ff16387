import type { Capabilities } from '../../catalogue/catalogue.ts';
import { invalidRequest } from '../../errors.ts';
import type { ModelRequest, OutputFormat, Tool } from '../../model/request.ts';
import type { JsonAnswerOptions } from './json-answer.ts';
import { toGrammarSchema } from './output-schema.ts';
import type { Thinking } from './reasoning.ts';
import { type PlainSchema, SchemaTooLargeError, toPlainSchema } from './tool-schema.ts';

/** How a model is brought to answer in JSON. At most one of `outputConfig`, `tool` and `instruction` is there. */
interface StructuredOutput {
  /** Converse's own: the model writes by grammar. */
  readonly outputConfig?: object;
  /** The only tool, to be forced; its arguments are the answer. */
  readonly tool?: Tool;
  /** For the end of the system prompt. */
  readonly instruction?: string;
  /** How the answer is read; undefined where it needs no care. */
  readonly answer?: JsonAnswerOptions;
}

const asText: StructuredOutput = {};

/**
 * The output format as the model can be told it: by grammar where model and schema allow it, else by one forced tool, else
 * (the caller has tools, the model thinks or cannot be forced) by an instruction. No way drops anything, so nothing is
 * reported.
 * @throws GatewayError 400 for a schema that is too large
 */
export function planStructuredOutput(
  request: ModelRequest,
  capabilities: Capabilities,
  thinking: Pick<Thinking, 'forcedTools'>,
): StructuredOutput {
  const { outputFormat } = request;
  if (outputFormat === undefined) return asText;
  if (outputFormat.type === 'json') {
    const answer = { tool: undefined, schema: { type: 'object' } };
    return mentionsJson(request) ? { answer } : { answer, instruction: jsonInstruction };
  }
  const plain = plainSchemaOf(outputFormat);
  const isObject = plain.schema['type'] === 'object';
  const grammar =
    capabilities.nativeStructuredOutput && plain.isExact && isObject ? toGrammarSchema(plain.schema) : undefined;
  if (grammar) return { outputConfig: encodeTextFormat(outputFormat, grammar) };
  const { schema } = plain;
  const isTool = plain.isExact && isObject && request.tools.length === 0;
  if (isTool && canForceTool(capabilities, thinking)) {
    return { tool: answerTool(outputFormat, schema), answer: { tool: answerToolName, schema } };
  }
  return { instruction: schemaInstruction(outputFormat), answer: { tool: undefined, schema } };
}

const jsonInstruction =
  'Give your final answer as one JSON object and nothing else: no explanation, no Markdown around it.';

function schemaInstruction({ description, schema }: Extract<OutputFormat, { type: 'json-schema' }>): string {
  const about = description === undefined ? '' : ` (${description})`;
  return `Give your final answer as JSON${about} that follows this JSON Schema and nothing else: no explanation, no Markdown around it.\n${JSON.stringify(schema)}`;
}

/** OpenAI refuses JSON mode where nobody asks the model for JSON, for it may then write blanks without end. */
function mentionsJson({ system, messages }: ModelRequest): boolean {
  if (system.some(({ text }) => /json/i.test(text))) return true;
  return messages.some(({ content }) => content.some((part) => part.type === 'text' && /json/i.test(part.text)));
}

function plainSchemaOf({ schema }: Extract<OutputFormat, { type: 'json-schema' }>): PlainSchema {
  try {
    return toPlainSchema(schema);
  } catch (error) {
    if (!(error instanceof SchemaTooLargeError)) throw error;
    const param = 'response_format.json_schema.schema';
    throw invalidRequest(`${param}: is too large once its $refs are written out; send a smaller one.`, param);
  }
}

function encodeTextFormat(
  { name, description }: Extract<OutputFormat, { type: 'json-schema' }>,
  schema: object,
): object {
  const jsonSchema = {
    schema: JSON.stringify(schema),
    name: name.replaceAll(/[^a-zA-Z0-9_-]/g, '_').slice(0, 64),
    ...(description?.trim() && { description }),
  };
  return { textFormat: { type: 'json_schema', structure: { jsonSchema } } };
}

const answerToolName = 'json_answer';

function answerTool(
  { description }: Extract<OutputFormat, { type: 'json-schema' }>,
  schema: Tool['inputSchema'],
): Tool {
  const about = description?.trim() ? description : 'Takes your answer. Call it once, with the whole answer.';
  return { name: answerToolName, description: about, inputSchema: schema, strict: false };
}

function canForceTool(capabilities: Capabilities, thinking: Pick<Thinking, 'forcedTools'>): boolean {
  const { tools, toolChoice, forcedTools, streamingTools } = capabilities;
  return tools && toolChoice !== 'none' && forcedTools && streamingTools && thinking.forcedTools;
}
