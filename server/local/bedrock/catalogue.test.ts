import { afterAll, test } from 'vitest';
import { parseCatalogueFile } from '../../catalogue/file.ts';
import catalogueFile from '../../catalogue/models.json' with { type: 'json' };
import { startBedrock } from './emulator.ts';

const { models } = parseCatalogueFile(catalogueFile);
const emulator = await startBedrock({ models });
afterAll(() => emulator.close());

test.for(models.map((model) => [model.id, model] as const))(
  '%s answers under every id it has',
  async ([, model], { expect }) => {
    const ids = [...(model.onDemand ? [model.id] : []), ...model.profiles.map((prefix) => `${prefix}.${model.id}`)];
    expect(ids).not.toEqual([]);
    const arn = `arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/${model.alias}`;
    for (const id of [...ids, arn]) {
      const response = await fetch(`${emulator.url}/model/${encodeURIComponent(id)}/converse`, {
        method: 'POST',
        headers: { authorization: 'Bearer local' },
        body: JSON.stringify({ messages: [{ role: 'user', content: [{ text: 'Hello' }] }] }),
      });
      expect(await response.json()).toMatchObject({
        output: { message: { content: [{ text: expect.stringContaining(`from ${model.id}: `) }] } },
        stopReason: 'end_turn',
      });
    }
  },
);
