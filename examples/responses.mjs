// @ts-check
// Two turns by OpenAI's Responses. The whole conversation is sent each time, what the model thought among it, sealed.
import OpenAI from 'openai';

const { PENNYWORTH_URL: url, PENNYWORTH_API_KEY: apiKey, PENNYWORTH_MODEL: model = 'claude-sonnet-4-5' } = process.env;
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey });

/** @type {OpenAI.Responses.ResponseInputItem[]} */
const input = [];
for (const question of ['Why is the sky blue?', 'And in the evening?']) {
  input.push({ role: 'user', content: question });
  const response = await client.responses.create({
    model,
    input,
    store: false,
    reasoning: { effort: 'low' },
    include: ['reasoning.encrypted_content'],
  });
  console.log(`> ${question}\n${response.output_text}\n`);
  console.log(`  ${response.output.map((item) => item.type).join(' + ')}, ${response.usage?.total_tokens} tokens\n`);
  input.push(...response.output.filter((item) => item.type === 'reasoning' || item.type === 'message'));
}
