import { expect, test } from 'vitest';
import { ask } from '../ask.ts';
import { pdfOf, pngOf } from '../media-files.ts';
import { cells } from './families.ts';

const text = { type: 'text', text: 'What is this?' };
const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${pngOf(32, 32)}` } };
const document = {
  type: 'file',
  file: { filename: 'Bericht (1).pdf', file_data: `data:application/pdf;base64,${pdfOf(4000)}` },
};

/** The refusal says what the model cannot read, and where models that can are listed. */
const refused = (model: string, what: string, part = 1) => ({
  status: 400,
  error: {
    code: 'unsupported_content',
    type: 'invalid_request_error',
    // The part itself is named, so that a user sees which of many messages it is.
    param: expect.stringMatching(new RegExp(`^messages\\[0\\]\\.content\\[${part}\\]`)),
    message: expect.stringMatching(new RegExp(`${model} .*${what}.*/v1/models`)),
  },
});

test.for(cells)('$name: an image is seen, or refused by name', async ({ family, mode }, { expect }) => {
  const answer = await ask(mode, family.model, { messages: [{ role: 'user', content: [text, image] }] });
  if (!family.images) return expect(answer).toMatchObject(refused(family.model, 'image'));
  expect(answer).toMatchObject({ status: 200, finishReason: 'stop', dropped: [] });
  // The simulator counts 1,600 tokens for an image, whatever its size.
  expect(answer.usage?.prompt_tokens).toBeGreaterThanOrEqual(1600);
  expect(answer.usage?.prompt_tokens).toBeLessThan(1700);
});

test.for(cells)(
  '$name: two images of one message, and one in an earlier turn',
  async ({ family, mode }, { expect }) => {
    const messages = [
      { role: 'user', content: [image] },
      { role: 'assistant', content: 'A grey square.' },
      { role: 'user', content: [image, text, image] },
    ];
    const answer = await ask(mode, family.model, { messages });
    if (!family.images) return expect(answer).toMatchObject(refused(family.model, 'image', 0));
    expect(answer).toMatchObject({ status: 200, dropped: [] });
    expect(answer.usage?.prompt_tokens).toBeGreaterThanOrEqual(4800);
  },
);

test.for(cells)('$name: a document is read, or refused by name', async ({ family, mode }, { expect }) => {
  const answer = await ask(mode, family.model, { messages: [{ role: 'user', content: [text, document] }] });
  if (!family.documents) return expect(answer).toMatchObject(refused(family.model, 'document'));
  expect(answer).toMatchObject({ status: 200, finishReason: 'stop', dropped: [] });
  // A document counts with the length of its file.
  expect(answer.usage?.prompt_tokens).toBeGreaterThanOrEqual(1000);
  expect(answer.usage?.prompt_tokens).toBeLessThan(1100);
});

test.for(cells)(
  '$name: two documents of one name, without any text beside them',
  async ({ family, mode }, { expect }) => {
    const answer = await ask(mode, family.model, { messages: [{ role: 'user', content: [document, document] }] });
    if (!family.documents) return expect(answer).toMatchObject(refused(family.model, 'document', 0));
    expect(answer).toMatchObject({ status: 200, finishReason: 'stop', dropped: [] });
  },
);
