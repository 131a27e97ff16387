import { readdirSync } from 'node:fs';
import { inject, test } from 'vitest';
import { recordedDrops, replayedModels } from './recorded-drops.ts';
import { type Recording, readRecordings, recordingsFolder } from './recordings.ts';
import { faultsOfAnswer } from './stream-faults.ts';

const { url, api_key: apiKey } = inject('dev');
const clients = readdirSync(recordingsFolder);

/** What was sealed in an answer: the nth from the end in the nth answer from the end. */
const placeholder = /"<(encrypted_content|signature)>"/g;

test.for(clients)(
  '%s: its recordings tell nothing of a person or a machine, and no texts of its maker',
  (client, { expect }) => {
    const json = JSON.stringify(readRecordings(client));
    expect(json).not.toMatch(/pnw_|\/tmp|\/root|\/Users|\/home\/(?!user\/)/);
    // The simulator's script is ours, and a header lists betas.
    const prose = json.match(/"[^"\\]{121,}"/g) ?? [];
    expect(prose.filter((text) => !text.startsWith('"claude-code-20250219,'))).toEqual([]);
  },
);

test.for(clients)('%s is served by every model, and told what was dropped', async (client, { expect }) => {
  const dropped: Record<string, string[]> = {};
  for (const model of replayedModels) {
    const { answers, names } = await replay(readRecordings(client), model);
    for (const [at, { path, status, answer }] of answers.entries()) {
      expect([status, faultsOfAnswer(path, answer)], `${model}, ${at + 1}.json: ${answer}`).toEqual([200, []]);
    }
    // The last request brings the result of the tool call.
    expect(answers.at(-1)?.answer, model).toContain('The file is written.');
    for (const name of names) dropped[name] = [...(dropped[name] ?? []), model];
  }
  expect(dropped).toEqual(recordedDrops[client]);
});

/** Sends the recorded requests one after the other; what was sealed in an answer comes back in those that follow. */
async function replay(recordings: readonly Recording[], model: string) {
  const answers: { path: string; status: number; answer: string }[] = [];
  const names = new Set<string>();
  for (const { path, headers, body } of recordings) {
    const recorded = JSON.stringify({ ...body, model });
    const before = answers.slice(-(recorded.match(placeholder)?.length ?? 0)).values();
    const json = recorded.replaceAll(placeholder, (_, name) => {
      const sealed = new RegExp(`"${name}":("[^"]+")`).exec(before.next().value?.answer ?? '');
      return sealed?.[1] ?? (name === 'signature' ? '""' : 'null');
    });
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { ...headers, authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: json,
    });
    answers.push({ path, status: response.status, answer: await response.text() });
    for (const name of response.headers.get('x-pennyworth-dropped')?.split(',') ?? []) names.add(name);
  }
  return { answers, names };
}
