// @ts-check
// The same while the model is still speaking: the cost comes with the usage in the last chunk.
import OpenAI from 'openai';

const { PENNYWORTH_URL: url, PENNYWORTH_API_KEY: apiKey, PENNYWORTH_MODEL: model = 'claude-sonnet-4-5' } = process.env;
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey });

const stream = await client.chat.completions.create({
  model,
  stream: true,
  stream_options: { include_usage: true },
  messages: [{ role: 'user', content: 'Why is the sky blue?' }],
});

for await (const chunk of stream) {
  process.stdout.write(chunk.choices[0]?.delta.content ?? '');
  if (chunk.usage) console.log(`\n\n${chunk.usage.completion_tokens} tokens written, usage:`, chunk.usage);
}
