import { pdf, png } from '../test-files.ts';

// What becomes of every type of a request in the openai package, member by member; tests only.

export type Fields = Readonly<Record<string, unknown>>;

interface Classes {
  /** A request around an object of the type. */
  readonly around: (object: Fields) => Fields;
  /** An object with every member that is kept. */
  readonly kept: Fields;
  /** Members that tell a model nothing, such as ids of OpenAI's. */
  readonly silent?: Fields;
  /** What is not kept: a value, and the name it is reported by or refused with. */
  readonly reported?: Readonly<Record<string, readonly [value: unknown, name: string]>>;
  readonly refused?: Readonly<Record<string, readonly [value: unknown, param: string]>>;
}

const hi = { role: 'user', content: 'Hi' };
const item = (fields: Fields) => ({ input: [hi, fields] });
const tool = (fields: Fields) => ({ tools: [fields] });
const part = (fields: Fields) => ({ input: [{ role: 'user', content: [fields] }] });
const said = (fields: Fields) => ({ input: [hi, { role: 'assistant', content: [fields] }] });
const output = (fields: Fields) =>
  item({ type: 'function_call_output', call_id: 'c', output: [{ type: 'input_text', text: 'x' }, fields] });
const within = (around: Classes['around'], fields: Fields, member: string) => (object: Fields) =>
  around({ ...fields, [member]: object });

const look = { type: 'function', name: 'look', parameters: { type: 'object' } };
const write = { type: 'custom', name: 'write' };
const ours = [look, write, { type: 'shell' }, { type: 'apply_patch' }];
export const choice = (tool_choice: Fields) => ({ tools: ours, tool_choice });
const breakpoint = { prompt_cache_breakpoint: { mode: 'explicit' } };
const marked = { type: 'input_text', text: 'x' };
const image = { type: 'input_image', image_url: `data:image/png;base64,${png}` };
const file = { type: 'input_file', filename: 'a.pdf', file_data: pdf };
const callers = [['programmatic'], 'allowed_callers'] as const;
const named = (prefix: string) => [callers[0], `${prefix}.${callers[1]}`] as const;
const functionTool: Omit<Classes, 'around'> = {
  kept: { ...look, description: 'Looks', strict: true },
  reported: {
    allowed_callers: named('tools'),
    defer_loading: [true, 'tools.defer_loading'],
    output_schema: [{ type: 'object' }, 'tools.output_schema'],
  },
};
const caller = { caller: { type: 'direct' } };
const status = { status: 'completed' };
const shellCall = { type: 'shell_call', call_id: 'c', action: { commands: ['ls'] } };
const localCall = { type: 'local_shell_call', call_id: 'c', action: { command: ['ls'] } };
const patchCall = { type: 'apply_patch_call', call_id: 'c' };
const operation = within(item, patchCall, 'operation');
const outcome = { type: 'exit', exit_code: 0 };
const shellOutput = { type: 'shell_call_output', call_id: 'c' };
const shellContent = (content: Fields) => item({ ...shellOutput, output: [content] });
const phase = { phase: ['commentary', 'input.phase'] } as const;
const schemaFormat = {
  type: 'json_schema',
  name: 'p',
  description: 'P',
  schema: { type: 'object', a: 1 },
  strict: true,
};
const format = (object: Fields) => ({ text: { format: object } });
const imagePart: Omit<Classes, 'around'> = {
  kept: { ...image, ...breakpoint },
  reported: { detail: ['low', 'messages.content.image_url.detail'] },
};
const filePart: Omit<Classes, 'around'> = {
  kept: { ...file, ...breakpoint },
  reported: { detail: ['high', 'messages.content.file.detail'] },
};
const inPart = (name: string) => `input[0].content[0].${name}`;
const inOutput = (name: string) => `input[1].output[1].${name}`;

export const census: Readonly<Record<string, Classes>> = {
  // Tools.
  ApplyPatchTool: {
    around: tool,
    kept: { type: 'apply_patch' },
    reported: { allowed_callers: named('tools.apply_patch') },
  },
  FunctionShellTool: {
    around: tool,
    kept: { type: 'shell' },
    silent: { environment: { type: 'local' } },
    reported: { allowed_callers: named('tools.shell') },
  },
  LocalEnvironment: {
    around: within(tool, { type: 'shell' }, 'environment'),
    kept: { type: 'local' },
    reported: { skills: [[{ name: 'x', description: 'x', path: '/x' }], 'tools.shell.environment.skills'] },
  },
  'Tool.LocalShell': { around: tool, kept: { type: 'local_shell' } },
  FunctionTool: { around: tool, ...functionTool },
  NamespaceTool: {
    around: tool,
    kept: { type: 'namespace', name: 'maps', description: 'Maps', tools: [look] },
  },
  'NamespaceTool.Function': {
    around: (inner) => tool({ type: 'namespace', name: 'maps', description: 'Maps', tools: [inner] }),
    ...functionTool,
  },
  CustomTool: {
    around: tool,
    kept: { ...write, description: 'Writes' },
    reported: {
      allowed_callers: named('tools.custom'),
      defer_loading: [true, 'tools.custom.defer_loading'],
      format: [{ type: 'grammar', syntax: 'lark', definition: 'a' }, 'tools.custom.format'],
    },
  },
  'CustomToolInputFormat.Text': { around: within(tool, write, 'format'), kept: { type: 'text' } },
  // Choices.
  ToolChoiceAllowed: { around: choice, kept: { type: 'allowed_tools', mode: 'auto', tools: [look] } },
  ToolChoiceApplyPatch: { around: choice, kept: { type: 'apply_patch' } },
  ToolChoiceShell: { around: choice, kept: { type: 'shell' } },
  ToolChoiceCustom: { around: choice, kept: { type: 'custom', name: 'write' } },
  ToolChoiceFunction: { around: choice, kept: { type: 'function', name: 'look' } },
  // Settings.
  Reasoning: {
    around: (reasoning) => ({ reasoning }),
    kept: { effort: 'high' },
    reported: {
      context: ['all_turns', 'reasoning.context'],
      generate_summary: ['concise', 'reasoning.generate_summary'],
      mode: ['pro', 'reasoning.mode'],
      summary: ['detailed', 'reasoning.summary'],
    },
  },
  'ResponseCreateParams.PromptCacheOptions': {
    around: (prompt_cache_options) => ({ ...part({ ...marked, ...breakpoint }), prompt_cache_options }),
    kept: { mode: 'explicit', ttl: '30m' },
  },
  'ResponseCreateParams.StreamOptions': {
    around: (stream_options) => ({ stream: true, stream_options }),
    kept: {},
    reported: { include_obfuscation: [true, 'stream_options.include_obfuscation'] },
  },
  ResponseTextConfig: { around: (text) => ({ text }), kept: { format: { type: 'json_object' }, verbosity: 'low' } },
  ResponseFormatText: { around: format, kept: { type: 'text' } },
  ResponseFormatJSONObject: { around: format, kept: { type: 'json_object' } },
  ResponseFormatTextJSONSchemaConfig: { around: format, kept: schemaFormat },
  // Messages.
  EasyInputMessage: {
    around: (message) => ({ input: [message] }),
    kept: { type: 'message', role: 'developer', content: 'x' },
    reported: phase,
  },
  'ResponseInputItem.Message': {
    around: item,
    kept: { type: 'message', role: 'user', content: [marked] },
    silent: status,
  },
  ResponseOutputMessage: {
    around: item,
    kept: { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'x' }] },
    silent: { id: 'msg_1', ...status },
    reported: phase,
  },
  ResponseInputText: { around: part, kept: { ...marked, ...breakpoint } },
  ResponseInputImage: { around: part, ...imagePart, refused: { file_id: ['file-1', inPart('file_id')] } },
  ResponseInputFile: {
    around: part,
    ...filePart,
    refused: { file_id: ['file-1', inPart('file_id')], file_url: ['https://x', inPart('file_url')] },
  },
  ResponseInputTextContent: { around: output, kept: { ...marked, ...breakpoint } },
  ResponseInputImageContent: { around: output, ...imagePart, refused: { file_id: ['file-1', inOutput('file_id')] } },
  ResponseInputFileContent: {
    around: output,
    ...filePart,
    refused: { file_id: ['file-1', inOutput('file_id')], file_url: ['https://x', inOutput('file_url')] },
  },
  ResponseOutputRefusal: { around: said, kept: { type: 'refusal', refusal: 'No.' } },
  ResponseOutputText: {
    around: said,
    kept: { type: 'output_text', text: 'x' },
    reported: {
      annotations: [[{ type: 'url_citation', url: 'https://x' }], 'messages.content.annotations'],
      logprobs: [[{ token: 'x' }], 'messages.content.logprobs'],
    },
  },
  // Other items.
  ResponseReasoningItem: {
    around: (thought) => ({ input: [hi, thought, { role: 'assistant', content: 'x' }] }),
    kept: { type: 'reasoning', encrypted_content: 'ours' },
    // What is sealed has it all.
    silent: { id: 'rs_1', summary: [{ type: 'summary_text', text: 'x' }], content: null, ...status },
  },
  'ResponseInputItem.AdditionalTools': {
    around: item,
    kept: { type: 'additional_tools', tools: [look] },
    silent: { id: 'at_1', role: 'developer' },
  },
  ResponseFunctionToolCall: {
    around: item,
    kept: { type: 'function_call', call_id: 'c', name: 'look', namespace: 'maps', arguments: '{"a":1}' },
    silent: { id: 'fc_1', ...status, ...caller },
  },
  'ResponseInputItem.FunctionCallOutput': {
    around: item,
    kept: { type: 'function_call_output', call_id: 'c', output: 'x' },
    silent: { id: 'fco_1', ...status, ...caller },
  },
  ResponseCustomToolCall: {
    around: item,
    kept: { type: 'custom_tool_call', call_id: 'c', name: 'write', namespace: 'maps', input: 'x' },
    silent: { id: 'ctc_1', ...caller },
  },
  ResponseCustomToolCallOutput: {
    around: item,
    kept: { type: 'custom_tool_call_output', call_id: 'c', output: 'x' },
    silent: { id: 'cto_1', ...caller },
  },
  'ResponseInputItem.LocalShellCall': { around: item, kept: localCall, silent: { id: 'lsh_1', ...status } },
  'ResponseInputItem.LocalShellCall.Action': {
    around: within(item, localCall, 'action'),
    kept: { type: 'exec', command: ['ls'], env: { a: 'b' }, timeout_ms: 1, user: 'ada', working_directory: '/' },
  },
  'ResponseInputItem.LocalShellCallOutput': {
    around: item,
    kept: { type: 'local_shell_call_output', id: 'c', output: 'x' },
    silent: status,
  },
  'ResponseInputItem.ShellCall': {
    around: item,
    kept: shellCall,
    silent: { id: 'sh_1', environment: { type: 'local' }, ...status, ...caller },
  },
  'ResponseInputItem.ShellCall.Action': {
    around: within(item, shellCall, 'action'),
    kept: { commands: ['ls'], max_output_length: 9, timeout_ms: 9 },
  },
  'ResponseInputItem.ShellCallOutput': {
    around: item,
    kept: { ...shellOutput, output: [{ stdout: 'a', stderr: '', outcome }] },
    // The caller has kept to it already.
    silent: { id: 'sho_1', max_output_length: 9, ...status, ...caller },
  },
  ResponseFunctionShellCallOutputContent: { around: shellContent, kept: { stdout: 'a', stderr: 'b', outcome } },
  'ResponseFunctionShellCallOutputContent.Exit': { around: within(shellContent, {}, 'outcome'), kept: outcome },
  'ResponseFunctionShellCallOutputContent.Timeout': {
    around: within(shellContent, {}, 'outcome'),
    kept: { type: 'timeout' },
  },
  'ResponseInputItem.ApplyPatchCall': {
    around: item,
    kept: { ...patchCall, operation: { type: 'delete_file', path: 'a' } },
    silent: { id: 'apc_1', ...status, ...caller },
  },
  'ResponseInputItem.ApplyPatchCall.CreateFile': {
    around: operation,
    kept: { type: 'create_file', path: 'a', diff: '+x' },
  },
  'ResponseInputItem.ApplyPatchCall.UpdateFile': {
    around: operation,
    kept: { type: 'update_file', path: 'a', diff: '+x' },
  },
  'ResponseInputItem.ApplyPatchCall.DeleteFile': { around: operation, kept: { type: 'delete_file', path: 'a' } },
  'ResponseInputItem.ApplyPatchCallOutput': {
    around: item,
    kept: { type: 'apply_patch_call_output', call_id: 'c', output: 'x', status: 'failed' },
    silent: { id: 'apo_1', ...caller },
  },
};

const hostedTool = (type: string) => [tool({ type }), `tools.${type}`] as const;
const hostedItem = (type: string) => [item({ type }), `input.${type}`] as const;
const container = (type: string) => [tool({ type: 'shell', environment: { type } }), 'tools.shell'] as const;

/** Types that are reported as a whole. */
export const reportedWhole: Readonly<Record<string, readonly [request: Fields, name: string]>> = {
  ComputerTool: hostedTool('computer'),
  ComputerUsePreviewTool: hostedTool('computer_use_preview'),
  ContainerAuto: container('container_auto'),
  ContainerReference: container('container_reference'),
  'CustomToolInputFormat.Grammar': [
    tool({ ...write, format: { type: 'grammar', syntax: 'lark', definition: 'a' } }),
    'tools.custom.format',
  ],
  FileSearchTool: hostedTool('file_search'),
  ToolSearchTool: hostedTool('tool_search'),
  'Tool.CodeInterpreter': hostedTool('code_interpreter'),
  'Tool.ImageGeneration': hostedTool('image_generation'),
  'Tool.Mcp': hostedTool('mcp'),
  'Tool.ProgrammaticToolCalling': hostedTool('programmatic_tool_calling'),
  WebSearchPreviewTool: hostedTool('web_search_preview'),
  WebSearchTool: hostedTool('web_search'),
  'ResponseCreateParams.SpecificProgrammaticToolCallingParam': [
    choice({ type: 'programmatic_tool_calling' }),
    'tool_choice',
  ],
  ToolChoiceMcp: [choice({ type: 'mcp', server_label: 'x', name: 'y' }), 'tool_choice'],
  ToolChoiceTypes: [choice({ type: 'file_search' }), 'tool_choice'],
  'ResponseCreateParams.ContextManagement': [{ context_management: [{ type: 'compaction' }] }, 'context_management'],
  'ResponseCreateParams.Moderation': [{ moderation: { model: 'x' } }, 'moderation'],
  ResponseCodeInterpreterToolCall: hostedItem('code_interpreter_call'),
  ResponseComputerToolCall: hostedItem('computer_call'),
  'ResponseInputItem.ComputerCallOutput': hostedItem('computer_call_output'),
  ResponseFileSearchToolCall: hostedItem('file_search_call'),
  ResponseFunctionWebSearch: hostedItem('web_search_call'),
  ResponseToolSearchOutputItemParam: hostedItem('tool_search_output'),
  'ResponseInputItem.ToolSearchCall': hostedItem('tool_search_call'),
  'ResponseInputItem.ImageGenerationCall': hostedItem('image_generation_call'),
  'ResponseInputItem.McpApprovalRequest': hostedItem('mcp_approval_request'),
  'ResponseInputItem.McpApprovalResponse': hostedItem('mcp_approval_response'),
  'ResponseInputItem.McpCall': hostedItem('mcp_call'),
  'ResponseInputItem.McpListTools': hostedItem('mcp_list_tools'),
  'ResponseInputItem.Program': hostedItem('program'),
  'ResponseInputItem.ProgramOutput': hostedItem('program_output'),
};

/** … and those that are refused. */
export const refusedWhole: Readonly<Record<string, readonly [request: Fields, param: string]>> = {
  ResponseCompactionItemParam: [item({ type: 'compaction', encrypted_content: 'x' }), 'input[1].type'],
  ResponseConversationParam: [{ conversation: { id: 'conv_1' } }, 'conversation'],
  'ResponseInputItem.CompactionTrigger': [item({ type: 'compaction_trigger' }), 'input[1].type'],
  'ResponseInputItem.ItemReference': [item({ type: 'item_reference', id: 'msg_1' }), 'input[1].type'],
  ResponsePrompt: [{ prompt: { id: 'pmpt_1' } }, 'prompt'],
};

/** Types that stand only in one of those, or in a member that is reported. */
export const insideOthers: Readonly<Record<string, string>> = {
  ComputerAction: 'ResponseComputerToolCall',
  ComparisonFilter: 'FileSearchTool',
  CompoundFilter: 'FileSearchTool',
  ContainerNetworkPolicyAllowlist: 'ContainerAuto',
  ContainerNetworkPolicyDisabled: 'ContainerAuto',
  ContainerNetworkPolicyDomainSecret: 'ContainerAuto',
  InlineSkill: 'ContainerAuto',
  InlineSkillSource: 'ContainerAuto',
  SkillReference: 'ContainerAuto',
  LocalSkill: 'LocalEnvironment',
  ResponseComputerToolCallOutputScreenshot: 'ResponseInputItem.ComputerCallOutput',
};
