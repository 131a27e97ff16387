import type { McpTool } from '../mcp/surface.ts';

export const text = (value: string) => ({ type: 'text', text: value }) as const;

/** A tool with the parts that the conformance suite does not look at. */
export function fixture(name: string, run: McpTool['run'], properties: Readonly<Record<string, object>> = {}): McpTool {
  const description = `Fixture of the conformance suite: ${name}`;
  return { name, title: name, description, access: 'mcp', inputSchema: { type: 'object', properties }, run };
}
