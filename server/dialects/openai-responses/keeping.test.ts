import { test } from 'vitest';
import type { ResponseObject } from '../../../shared/openai/responses-answer.ts';
import { end, reasoning, text } from '../openai-chat/test-answers.ts';
import { ResponsesAnswerEncoder } from './encode-answer.ts';
import { ResponsesStreamEncoder } from './encode-stream.ts';
import { echoOf, type ResponsesHead } from './response-object.ts';
import { head, sentBody } from './test-answers.ts';
import { faultsOfStream, readStream } from './test-grammar.ts';

const cost = { costUsd: '0.001234567' };
const events = [...reasoning(0, 'Hm'), ...text(1, 'Ho'), ...end('stop')];

/** What is told, in one body or at the end of a stream, and what was stored before. */
const ways = {
  sync: async (asked: ResponsesHead): Promise<ResponseObject> => {
    const encoder = new ResponsesAnswerEncoder(asked);
    encoder.add(events);
    await encoder.keep(cost);
    return encoder.answer(cost);
  },
  stream: async (asked: ResponsesHead): Promise<ResponseObject> => {
    const encoder = new ResponsesStreamEncoder(asked);
    let out = encoder.encode(events);
    await encoder.keep(cost);
    out += encoder.end(cost);
    const told = readStream(out);
    if (faultsOfStream(told).length > 0) throw new Error(faultsOfStream(told).join('\n'));
    return JSON.parse(JSON.stringify(told.at(-1)?.data)).response;
  },
};

const cells = (['sync', 'stream'] as const).flatMap((way) => [true, false].map((isAsked) => ({ way, isAsked })));

test.for(cells)(
  '$way: thoughts are stored sealed; told so if asked for: $isAsked',
  async ({ way, isAsked }, { expect }) => {
    const kept: ResponseObject[] = [];
    const keep = async (response: ResponseObject) => {
      kept.push(response);
      return true;
    };
    const told = await ways[way]({ ...head, echo: echoOf(sentBody, true), includeEncrypted: isAsked, keep });
    expect(kept).toHaveLength(1);
    const sealed = { encrypted_content: 'sealed {"text":"Hm","signature":"c2lnbmVk"}' };
    expect(kept[0]?.output[0]).toMatchObject(sealed);
    if (isAsked) expect(told).toEqual(kept[0]);
    else {
      expect(told.output[0]).not.toHaveProperty('encrypted_content');
      expect({ ...told, output: told.output.map((item, at) => (at === 0 ? { ...item, ...sealed } : item)) }).toEqual(
        kept[0],
      );
    }
    expect(told).toMatchObject({ store: true, status: 'completed' });
  },
);

test.for(['sync', 'stream'] as const)(
  '%s: what could not be stored says so, and nothing else changes',
  async (way, { expect }) => {
    const asked = { ...head, echo: echoOf(sentBody, true) };
    const told = await ways[way]({ ...asked, keep: async () => false });
    expect(told).toEqual({ ...(await ways[way]({ ...asked, keep: async () => true })), store: false });
  },
);
