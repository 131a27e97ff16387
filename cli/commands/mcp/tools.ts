import type { Tool } from '@modelcontextprotocol/client';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { type ListColumn, printList } from '../../output/print.ts';
import { withClient } from './connect.ts';

export async function run(_input: CommandInput, context: Context): Promise<void> {
  const tools = await withClient(context, async (client) => {
    const found: Tool[] = [];
    let cursor: string | undefined;
    do {
      const page = await client.listTools(cursor === undefined ? {} : { cursor });
      found.push(...page.tools);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    return found;
  });
  printList(context, {
    rows: tools,
    columns,
    document: (data) => ({ data, next: null }),
    fields: ['name', 'title', 'description', 'inputSchema', 'outputSchema', 'annotations'],
    empty: 'There is no tool for you here.',
  });
}

const readsOnly = ({ annotations }: Tool) => (annotations?.readOnlyHint ? 'yes' : 'no');

const columns: readonly ListColumn<Tool>[] = [
  { title: 'TOOL', show: ({ name }) => name, raw: ({ name }) => name },
  { title: 'TITLE', show: ({ title }) => title ?? '', raw: ({ title }) => title ?? null },
  { title: 'READS ONLY', show: readsOnly, raw: readsOnly },
];
