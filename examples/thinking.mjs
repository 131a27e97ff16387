// @ts-check
// A model that thinks, over two turns: its message goes back as it came, signatures and all, and it goes on from there.
import OpenAI from 'openai';

const { PENNYWORTH_URL: url, PENNYWORTH_API_KEY: apiKey, PENNYWORTH_MODEL: model = 'claude-sonnet-4-5' } = process.env;
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey });

/** @type {OpenAI.ChatCompletionMessageParam[]} */
const messages = [];
for (const question of ['How many primes are there below 30?', 'And below 40?']) {
  messages.push({ role: 'user', content: question });
  const answer = await client.chat.completions.create({ model, reasoning_effort: 'low', messages });
  const message = answer.choices[0]?.message;
  if (!message) throw new Error('an answer without a choice');
  // The gateway's own fields beside OpenAI's: the thoughts for a reader, and whole for the model.
  const { reasoning_content: thoughts, reasoning_details: details } = Object(message);
  console.log(`> ${question}\n(thought: ${thoughts})\n${message.content}\n`);
  console.log(`  ${details?.length ?? 0} blocks of reasoning go back with the next turn\n`);
  messages.push(message);
}
