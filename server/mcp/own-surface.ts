import { budgetTool } from './budget-tool.ts';
import { chatTool } from './chat-tool.ts';
import { modelTools } from './model-tools.ts';
import { peopleTools } from './people-tools.ts';
import { prompts } from './prompts.ts';
import { quoteTool } from './quote-tool.ts';
import { resources, resourceTemplates } from './resources.ts';
import type { Surface } from './surface.ts';
import { usageTools } from './usage-tools.ts';

const tools = [chatTool, quoteTool, budgetTool, ...usageTools, ...modelTools, ...peopleTools];

/** The gateway's own tools, resources and prompts. */
export const ownSurface: Surface = {
  resources,
  resourceTemplates,
  prompts,
  tools: async () => tools,
  mayTakeLong: (tool) => tool === chatTool.name,
};
