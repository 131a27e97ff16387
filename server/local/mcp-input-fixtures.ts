import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  createRequestStateCodec,
  INVALID_PARAMS,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  ProtocolError,
} from '@modelcontextprotocol/server';
import * as z from 'zod/mini';
import type { McpCall, McpTool } from '../mcp/surface.ts';
import { fixture, text } from './mcp-fixture.ts';

// Fixtures that ask the client for something in the middle of a call, in the stateless way of revision 2026-07-28: the
// result says what is missing, and the client calls again with it.

type Asked = Parameters<typeof inputRequired>[0]['inputRequests'];

const ask = (message: string, name: string, isYesOrNo = false) =>
  inputRequired.elicit({
    message,
    requestedSchema: {
      type: 'object',
      properties: { [name]: isYesOrNo ? { type: 'boolean' } : { type: 'string' } },
      required: [name],
    },
  });
const sample = (words: string, maxTokens: number) =>
  inputRequired.createMessage({ messages: [{ role: 'user', content: { type: 'text', text: words } }], maxTokens });

const Envelope = z.looseObject({
  [CLIENT_CAPABILITIES_META_KEY]: z.looseObject({
    sampling: z.optional(z.unknown()),
    elicitation: z.optional(z.unknown()),
  }),
});

const answers = ({ sdk }: McpCall) => sdk.mcpReq.inputResponses;

/** One text of an accepted form; undefined: it was not sent, or not as it was asked for. */
function textOf(mcp: McpCall, key: string, name: string): string | undefined {
  const value = acceptedContent(answers(mcp), key)?.[name];
  return typeof value === 'string' ? value : undefined;
}

const done = (words: string) => ({ content: [text(words)] });

/** Needs every one of `requests` answered; asks for all of them again where one is not. */
function asking(requests: NonNullable<Asked>, finish: (mcp: McpCall) => string): McpTool['run'] {
  return async (_, mcp) => {
    const isMissing = (key: string) => inputResponse(answers(mcp), key).kind === 'missing';
    return Object.keys(requests).some(isMissing) ? inputRequired({ inputRequests: requests }) : done(finish(mcp));
  };
}

export async function promptWithInput(_: unknown, mcp: McpCall) {
  const context = textOf(mcp, 'user_context', 'context');
  if (context !== undefined) return { messages: [{ role: 'user', content: text(`Context: ${context}`) } as const] };
  return inputRequired({ inputRequests: { user_context: ask('What context should the prompt use?', 'context') } });
}

/** @param key of the state that travels with the client: at least 32 bytes */
export function inputTools(key: Uint8Array): readonly McpTool[] {
  const codec = createRequestStateCodec<{ readonly step: number }>({ key });
  /** The step a client is at; undefined: its first call. */
  const stepOf = async ({ sdk }: McpCall): Promise<number | undefined> => {
    const state = sdk.mcpReq.requestState();
    if (typeof state !== 'string') return undefined;
    try {
      return (await codec.verify(state, sdk)).step;
    } catch {
      throw new ProtocolError(INVALID_PARAMS, 'requestState: was changed on its way; begin again without it.');
    }
  };
  const next = async (step: number, inputRequests: NonNullable<Asked>): Promise<InputRequiredResult> =>
    inputRequired({ inputRequests, requestState: await codec.mint({ step }) });
  const name = ask('What is your name?', 'name');
  const confirming: McpTool['run'] = async (_, mcp) => {
    const step = await stepOf(mcp);
    return step === undefined ? next(1, { confirm: ask('Please confirm', 'ok', true) }) : done('state-ok');
  };
  return [
    fixture('test_input_required_result_elicitation', async (_, mcp) => {
      const given = textOf(mcp, 'user_name', 'name');
      return given === undefined ? inputRequired({ inputRequests: { user_name: name } }) : done(`Hello, ${given}!`);
    }),
    fixture(
      'test_input_required_result_sampling',
      asking({ capital_question: sample('What is the capital of France?', 100) }, (mcp) =>
        JSON.stringify(inputResponse(answers(mcp), 'capital_question')),
      ),
    ),
    fixture(
      'test_input_required_result_list_roots',
      asking({ client_roots: inputRequired.listRoots() }, (mcp) =>
        JSON.stringify(inputResponse(answers(mcp), 'client_roots')),
      ),
    ),
    fixture('test_input_required_result_request_state', confirming),
    fixture('test_input_required_result_tampered_state', confirming),
    fixture('test_input_required_result_multiple_inputs', async (_, mcp) => {
      if ((await stepOf(mcp)) !== undefined) return done(`Hello, ${textOf(mcp, 'user_name', 'name')}!`);
      const greeting = sample('Generate a greeting', 50);
      return next(1, { user_name: name, greeting, client_roots: inputRequired.listRoots() });
    }),
    fixture('test_input_required_result_multi_round', async (_, mcp) => {
      const step = await stepOf(mcp);
      if (step === undefined) return next(1, { step1: ask('Step 1: What is your name?', 'name') });
      if (step === 1) return next(2, { step2: ask('Step 2: What is your favorite color?', 'color') });
      return done('Both steps are done.');
    }),
    fixture('test_input_required_result_capabilities', async (_, mcp) => {
      const { sampling, elicitation } = Envelope.parse(mcp.sdk.mcpReq.envelope)[CLIENT_CAPABILITIES_META_KEY];
      if (elicitation) return inputRequired({ inputRequests: { user_name: name } });
      if (sampling) return inputRequired({ inputRequests: { greeting: sample('Generate a greeting', 50) } });
      return done('The client can be asked for nothing.');
    }),
    fixture(
      'test_missing_capability',
      asking({ question: sample('Anything?', 50) }, () => 'Answered.'),
    ),
    fixture('test_streaming_elicitation', async (_, mcp) => {
      await mcp.progress(1, 'about to ask');
      const given = textOf(mcp, 'user_name', 'name');
      return given === undefined ? inputRequired({ inputRequests: { user_name: name } }) : done(`Hello, ${given}!`);
    }),
  ];
}
