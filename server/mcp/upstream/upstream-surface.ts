import type { Parameters } from '../../aws/ssm.ts';
import type { Clock } from '../../clock.ts';
import type { McpUpstream } from '../../config.ts';
import type { Logger } from '../../observe/logger.ts';
import type { McpTool, Surface } from '../surface.ts';
import { callUpstream } from './call-upstream.ts';
import type { UpstreamTool } from './read-tools.ts';
import { splitName } from './tool-names.ts';
import { Upstream } from './upstream.ts';

export interface UpstreamSurfaceOptions {
  readonly servers: Readonly<Record<string, McpUpstream>>;
  readonly version: string;
  readonly parameters: Parameters;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The tools of the operator's other MCP servers, each under its server's name. */
export function createUpstreamSurface({ servers, ...options }: UpstreamSurfaceOptions): Surface {
  const upstreams = new Map(
    Object.entries(servers).map(([name, config]) => [name, new Upstream({ ...options, name, config })]),
  );
  const toTool = (upstream: Upstream, { remoteName, ...tool }: UpstreamTool): McpTool => ({
    ...tool,
    access: 'mcp',
    run: (input, mcp) => callUpstream(upstream, { ...tool, remoteName }, input, mcp),
  });
  const findUpstream = (name: string) => upstreams.get(splitName(name)?.server ?? '');
  return {
    resources: [],
    resourceTemplates: [],
    prompts: [],
    tools: async () => {
      const listed = async (upstream: Upstream) => (await upstream.tools()).map((tool) => toTool(upstream, tool));
      return (await Promise.all([...upstreams.values()].map(listed))).flat();
    },
    mayTakeLong: (name) => findUpstream(name) !== undefined,
    findTool: async (name) => {
      const upstream = findUpstream(name);
      const tool = await upstream?.find(name);
      return upstream && tool && toTool(upstream, tool);
    },
  };
}
