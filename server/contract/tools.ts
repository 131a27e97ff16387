/** Tools as OpenAI's clients send them. */
export const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Weather of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};
export const clock = {
  type: 'function',
  function: { name: 'get_time', description: 'Time of a city', parameters: weather.function.parameters },
};

/** What the caller's tools answered, for each of the model's calls. */
export function resultsOf(calls: readonly { readonly id: string }[], content: unknown = '12 degrees') {
  return calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content }));
}
