// @ts-check
// A question and its answer by OpenAI's chat completions, with what the call cost.
import OpenAI from 'openai';

const { PENNYWORTH_URL: url, PENNYWORTH_API_KEY: apiKey, PENNYWORTH_MODEL: model = 'claude-sonnet-4-5' } = process.env;
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey });

const { data, response } = await client.chat.completions
  .create({ model, messages: [{ role: 'user', content: 'Why is the sky blue?' }] })
  .withResponse();

console.log(data.choices[0]?.message.content);
console.log(`\n${data.usage?.total_tokens} tokens, ${response.headers.get('x-pennyworth-cost-usd')} USD`);
// What of the request this model could not take; null: nothing was left out.
console.log('Left out:', response.headers.get('x-pennyworth-dropped'));
