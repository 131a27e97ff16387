// @ts-check
// The model asks for a tool, the program runs it, the model goes on with its result.
import OpenAI from 'openai';

const { PENNYWORTH_URL: url, PENNYWORTH_API_KEY: apiKey, PENNYWORTH_MODEL: model = 'claude-sonnet-4-5' } = process.env;
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey });

/** @type {OpenAI.ChatCompletionTool} */
const tool = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather of a city',
    parameters: { type: 'object', properties: { city: { enum: ['Bern', 'Bonn'] } }, required: ['city'] },
  },
};
/** @type {OpenAI.ChatCompletionMessageParam[]} */
const messages = [{ role: 'user', content: 'What is the weather in Bern?' }];

// Required at first, so that the simulator of a local stack calls it too.
/** @type {OpenAI.ChatCompletionToolChoiceOption} */
let choice = 'required';
for (;;) {
  const answer = await client.chat.completions.create({ model, messages, tools: [tool], tool_choice: choice });
  const message = answer.choices[0]?.message;
  if (!message?.tool_calls) {
    console.log(message?.content);
    break;
  }
  messages.push(message);
  for (const call of message.tool_calls) {
    if (call.type !== 'function') continue;
    console.log(`The model calls ${call.function.name} with ${call.function.arguments}`);
    messages.push({ role: 'tool', tool_call_id: call.id, content: '12 degrees, light rain' });
  }
  choice = 'auto';
}
