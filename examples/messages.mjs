// @ts-check
// Anthropic's Messages, streamed, with any model: the base URL is the gateway's without /v1.
import Anthropic from '@anthropic-ai/sdk';

const { PENNYWORTH_URL: url, PENNYWORTH_API_KEY: apiKey, PENNYWORTH_MODEL: model = 'claude-sonnet-4-5' } = process.env;
const client = new Anthropic({ baseURL: url, apiKey });

const stream = client.messages.stream({
  model,
  max_tokens: 1_000,
  system: 'Be brief.',
  messages: [{ role: 'user', content: 'Why is the sky blue?' }],
});
stream.on('text', (text) => process.stdout.write(text));

const message = await stream.finalMessage();
console.log(`\n\nEnded by ${message.stop_reason}; ${message.usage.output_tokens} tokens written`);
