import { Model, type ModelField } from '../../../shared/api/models.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { type ListColumn, printList } from '../../output/print.ts';

/** What becomes of each field of a chat completion with one model. */
export async function run(input: CommandInput, context: Context): Promise<void> {
  const [name = ''] = input.arguments;
  const model = await (await context.api()).get(`/v1/models/${encodeURIComponent(name)}?fields=true`, Model);
  printList(context, {
    rows: model.pennyworth.fields ?? [],
    columns,
    document: (fields) => ({ ...model, pennyworth: { ...model.pennyworth, fields } }),
    fields: ['field', 'class', 'note'],
    empty: 'This gateway does not say; it is older than this command.',
  });
  context.io.note(legend);
}

const legend = `sent      goes to the model, in the place of its request that the last column names
changed   goes there with another value, and is named in x-pennyworth-dropped
gateway   is done by the gateway itself
reported  is left out, and named in x-pennyworth-dropped
refused   answers 400, in these words`;

const columns: readonly ListColumn<ModelField>[] = [
  { title: 'FIELD', show: ({ field }) => field, raw: ({ field }) => field },
  { title: 'IS', show: (row) => row.class, raw: (row) => row.class },
  { title: 'BECOMES, OR WHY NOT', shrinks: true, show: ({ note }) => note ?? '', raw: ({ note }) => note },
];
