import { describe, test } from 'vitest';
import { exampleKeyText, exampleModel } from '../testing/examples.ts';
import { answer } from '../testing/gateway.ts';
import { setUpTerminal } from '../testing/set-up.ts';
import { Terminal } from '../testing/terminal.ts';

const { gateway, terminal } = setUpTerminal();

describe('models explain', () => {
  const fields = [
    { field: 'temperature', class: 'sent', note: 'inferenceConfig.temperature' },
    { field: 'seed', class: 'reported', note: null },
  ];

  test('prints what becomes of each field, and what the words mean', async ({ expect }) => {
    const explained = { ...exampleModel, pennyworth: { ...exampleModel.pennyworth, fields } };
    gateway.on('GET /v1/models/us.anthropic.claude-x%3A0', answer(200, explained));
    const { code, out, err } = await terminal.run(['models', 'explain', 'us.anthropic.claude-x:0']);
    expect([code, out]).toEqual([0, 'temperature\tsent\tinferenceConfig.temperature\nseed\treported\t\n']);
    expect(err).toContain('reported  is left out');
    const json = await terminal.run(['models', 'explain', 'us.anthropic.claude-x:0', '--json', '-q']);
    expect(JSON.parse(json.out)).toEqual(explained);
    expect(json.err).toBe('');
  });

  test('an unknown model is not found', async ({ expect }) => {
    const error = {
      message: 'There is no model "x".',
      type: 'invalid_request_error',
      param: 'model',
      code: 'model_not_found',
    };
    gateway.on('GET /v1/models/x', answer(404, { error }));
    expect(await terminal.run(['models', 'explain', 'x'])).toMatchObject({ code: 6, out: '' });
  });
});

describe('models list', () => {
  const titan = {
    ...exampleModel,
    id: 'titan-text-lite',
    owned_by: 'amazon',
    pennyworth: {
      ...exampleModel.pennyworth,
      target: 'amazon.titan',
      prices_usd_per_million_tokens: null,
      context_window: null,
      capabilities: ['streaming'],
    },
  };

  test('searches and filters', async ({ expect }) => {
    gateway.on('GET /v1/models', answer(200, { object: 'list', data: [exampleModel, titan] }));
    const found = await terminal.run(['models', 'list', '--search', 'AMAZON', '--json']);
    expect(JSON.parse(found.out)).toEqual({ object: 'list', data: [titan] });
    const able = await terminal.run(['models', 'list', '--supports', 'tools,vision']);
    expect(able.out).toBe(
      'claude-sonnet-4-5\tanthropic\t200000\t64000\t3.00\t0.30\t15.00\tstreaming system tools vision\n',
    );
    const wrong = await terminal.run(['models', 'list', '--supports', 'tool']);
    expect([wrong.code, wrong.err]).toEqual([
      2,
      expect.stringContaining('capabilities: streaming, system, tools, vision'),
    ]);
  });

  test('works with a key of the environment and no sign-in at all', async ({ expect }) => {
    const empty = new Terminal();
    gateway.on('GET /v1/models', answer(200, { object: 'list', data: [titan] }));
    const env = { PENNYWORTH_URL: gateway.url, PENNYWORTH_API_KEY: exampleKeyText };
    const { out } = await empty.run(['models', 'list'], { env });
    expect(out).toBe('titan-text-lite\tamazon\t\t64000\t\t\t\tstreaming\n');
    expect(gateway.received[0]?.authorization).toBe(`Bearer ${exampleKeyText}`);
    const wrong = await empty.run(['models', 'list'], { env: { ...env, PENNYWORTH_API_KEY: `${exampleKeyText}\nx` } });
    expect([wrong.code, wrong.err.includes(exampleKeyText)]).toEqual([4, false]);
    empty.remove();
  });
});
