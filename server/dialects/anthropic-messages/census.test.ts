import { test } from 'vitest';
import { failureOf } from '../openai-chat/test-failures.ts';
import { png } from '../test-files.ts';
import { idleMembers } from '../test-kept-members.ts';
import { decodeMessagesRequest } from './decode-request.ts';
import { readSdkTypes, type SdkTypes } from './test-sdk-types.ts';

// Every field of Anthropic's request as the installed SDK declares it, stable and beta: kept, refused or reported, and
// none by accident. A field that an update of the SDK brings fails here until it is classed.

type Fields = Readonly<Record<string, unknown>>;

interface Classes {
  /** A request around an object of the type. */
  readonly around: (object: Fields) => object;
  /** An object with every field that is kept. */
  readonly kept: Fields;
  /** What is not kept: a value, and the name it is reported by or refused with. */
  readonly reported?: Readonly<Record<string, readonly [value: unknown, name: string]>>;
  readonly refused?: Readonly<Record<string, readonly [value: unknown, param: string]>>;
}

const cache_control = { type: 'ephemeral', ttl: '1h' };
const look = { name: 'look', input_schema: { type: 'object' } };
const said = (role: string) => (fields: Fields) => ({ messages: [{ ...fields, role }] });
const block =
  (role: string) =>
  (fields: Fields): object => ({ messages: [{ role, content: [fields] }] });
const source = (type: string) => (fields: Fields) => block('user')({ type, source: fields });
const choice = (tool_choice: Fields) => ({ tools: [look], tool_choice });
const thinking = (fields: Fields) => ({ thinking: fields });
const image = { type: 'base64', media_type: 'image/png', data: png };
const text = { type: 'text', media_type: 'text/plain', data: 'x' };
const page = { title: 'a', source: 'b', content: [{ type: 'text', text: 'c' }] };
const at = 'messages[0].content[0]';
const within = 'messages.content';

const documentClasses: Classes = {
  around: block('user'),
  kept: { type: 'document', source: text, title: 'a', context: 'b', citations: { enabled: true }, cache_control },
};
const choosing: Classes = {
  around: choice,
  kept: { type: 'auto', disable_parallel_tool_use: true },
};

/** By the interface's name without `Beta`. */
const census: Readonly<Record<string, Classes>> = {
  MessageCreateParamsBase: {
    around: (fields) => fields,
    kept: {
      model: 'other',
      max_tokens: 7,
      messages: [{ role: 'user', content: 'x' }],
      system: 'x',
      stop_sequences: ['x'],
      stream: true,
      tools: [look],
      tool_choice: { type: 'any' },
      thinking: { type: 'enabled', budget_tokens: 5 },
      output_config: { effort: 'high' },
      output_format: { type: 'json_schema', schema: {} },
      cache_control,
      metadata: { user_id: 'ada' },
      service_tier: 'standard_only',
      context_management: { edits: [] },
      betas: ['x'],
    },
    reported: Object.fromEntries(
      [
        'billing_policy',
        'compaction',
        'diagnostics',
        'fallback_credit_token',
        'fallbacks',
        'inference_geo',
        'speed',
        'user_profile_id',
        'workspace_id',
      ].map((name) => [name, ['x', name]]),
    ),
    refused: {
      container: ['x', 'container'],
      mcp_servers: [[{}], 'mcp_servers'],
      thread: [{}, 'thread'],
    },
  },
  UserMessageParam: { around: said('user'), kept: { role: 'user', content: 'x' } },
  AssistantMessageParam: { around: said('assistant'), kept: { role: 'assistant', content: 'x' } },
  SystemMessageParam: {
    around: said('system'),
    kept: { role: 'system', content: 'x' },
    reported: {
      clear_at: ['next_user_message', 'messages.clear_at'],
      output_config: [{ effort: 'low' }, 'messages.output_config'],
    },
  },
  TextBlockParam: {
    around: block('user'),
    kept: { type: 'text', text: 'x', cache_control },
    reported: { citations: [[{ type: 'char_location' }], `${within}.citations`] },
  },
  ImageBlockParam: {
    around: block('user'),
    kept: { type: 'image', source: image, cache_control },
    reported: { transformations: [{ oversized_image: 'error' }, `${within}.transformations`] },
  },
  Base64ImageSource: { around: source('image'), kept: image },
  URLImageSource: { around: source('image'), kept: { type: 'url', url: 'https://example.com/a.png' } },
  FileImageSource: {
    around: (fields) => source('image')({ ...fields, type: 'file' }),
    kept: {},
    refused: { type: ['file', `${at}.source.type`], file_id: ['f', `${at}.source.type`] },
  },
  DocumentBlockParam: documentClasses,
  RequestDocumentBlock: documentClasses,
  Base64PDFSource: {
    around: source('document'),
    kept: { type: 'base64', media_type: 'text/csv', data: Buffer.from('a,b').toString('base64') },
  },
  PlainTextSource: { around: source('document'), kept: text },
  ContentBlockSource: { around: source('document'), kept: { type: 'content', content: 'x' } },
  URLPDFSource: {
    around: (fields) => source('document')({ ...fields, type: 'url' }),
    kept: {},
    refused: { type: ['url', `${at}.source.type`], url: ['https://example.com', `${at}.source.type`] },
  },
  FileDocumentSource: {
    around: (fields) => source('document')({ ...fields, type: 'file' }),
    kept: {},
    refused: { type: ['file', `${at}.source.type`], file_id: ['f', `${at}.source.type`] },
  },
  CitationsConfigParam: {
    around: (citations) => block('user')({ type: 'document', source: text, citations }),
    kept: { enabled: true },
  },
  SearchResultBlockParam: {
    around: block('user'),
    kept: { type: 'search_result', ...page, citations: { enabled: true }, cache_control },
  },
  ThinkingBlockParam: {
    around: block('assistant'),
    kept: { type: 'thinking', thinking: 'x', signature: 's' },
  },
  RedactedThinkingBlockParam: { around: block('assistant'), kept: { type: 'redacted_thinking', data: 'x' } },
  ToolUseBlockParam: {
    around: block('assistant'),
    kept: { type: 'tool_use', id: 't', name: 'look', input: { a: 1 }, cache_control },
    reported: {
      caller: [{ type: 'code_execution_20250825', tool_id: 'x' }, `${within}.caller`],
      toolset_name: ['browser', `${within}.toolset_name`],
    },
  },
  ToolResultBlockParam: {
    around: block('user'),
    kept: { type: 'tool_result', tool_use_id: 't', content: 'x', is_error: true, cache_control },
    reported: { toolset_name: ['browser', `${within}.toolset_name`] },
  },
  Tool: {
    around: (tool) => ({ tools: [tool] }),
    kept: {
      type: 'custom',
      ...look,
      description: 'Looks',
      strict: true,
      cache_control,
      defer_loading: true,
      input_examples: [{}],
      eager_input_streaming: true,
      allowed_callers: ['code_execution_20250825'],
    },
  },
  ToolChoiceAuto: choosing,
  ToolChoiceAny: { ...choosing, kept: { type: 'any', disable_parallel_tool_use: true } },
  ToolChoiceTool: { ...choosing, kept: { type: 'tool', name: 'look', disable_parallel_tool_use: true } },
  ToolChoiceNone: { ...choosing, kept: { type: 'none' } },
  ThinkingConfigEnabled: {
    around: thinking,
    kept: { type: 'enabled', budget_tokens: 2_000, display: 'omitted' },
    reported: { block_binding: [{}, 'thinking.block_binding'] },
  },
  ThinkingConfigAdaptive: {
    around: thinking,
    kept: { type: 'adaptive', display: 'omitted' },
    reported: { block_binding: [{}, 'thinking.block_binding'] },
  },
  ThinkingConfigBetweenTools: {
    around: thinking,
    kept: {},
    reported: { type: ['between_tools', 'thinking.type'] },
  },
  ThinkingConfigDisabled: { around: thinking, kept: { type: 'disabled' } },
  OutputConfig: {
    around: (output_config) => ({ output_config }),
    kept: { effort: 'high', format: { type: 'json_schema', schema: {} } },
    reported: { task_budget: [{ type: 'tokens', total: 9 }, 'output_config.task_budget'] },
  },
  JSONOutputFormat: {
    around: (format) => ({ output_config: { format } }),
    kept: { type: 'json_schema', schema: { type: 'object' } },
  },
  CacheControlEphemeral: { around: (mark) => ({ cache_control: mark }), kept: cache_control },
  Metadata: { around: (metadata) => ({ metadata }), kept: { user_id: 'ada' } },
};

/** What goes to Claude as the caller wrote it: the members of such types are not ours to class. */
const forClaude: readonly string[] = [
  'ContextManagementConfig',
  'ToolBash20241022',
  'ToolBash20250124',
  'ToolTextEditor20241022',
  'ToolTextEditor20250124',
  'ToolTextEditor20250429',
  'ToolTextEditor20250728',
  'ToolComputerUse20241022',
  'ToolComputerUse20250124',
  'ToolComputerUse20251124',
  'ComputerToolset20260801',
  'BrowserToolset20260801',
  'MemoryTool20250818',
  'ToolSearchToolBm25_20251119',
  'ToolSearchToolRegex20251119',
];

/** Tools that run at Anthropic: reported by their type. */
const atAnthropic: readonly string[] = [
  'AdvisorTool20260301',
  'CodeExecutionTool20250522',
  'CodeExecutionTool20250825',
  'CodeExecutionTool20260120',
  'CodeExecutionTool20260521',
  'MCPToolset',
  'WebFetchTool20250910',
  'WebFetchTool20260209',
  'WebFetchTool20260309',
  'WebFetchTool20260318',
  'WebSearchTool20250305',
  'WebSearchTool20260209',
  'WebSearchTool20260318',
];

/** Blocks that are left out or told in words, and reported by their type either way. */
const reportedBlocks: readonly string[] = [
  'AdvisorToolResultBlockParam',
  'BashCodeExecutionToolResultBlockParam',
  'BrowserStateBlockParam',
  'CodeExecutionToolResultBlockParam',
  'CompactionBlockParam',
  'FallbackBlockParam',
  'MCPToolListingBlockParam',
  'MCPToolUseBlockParam',
  'RequestMCPToolResultBlockParam',
  'RequestToolAdditionBlock',
  'RequestToolRemovalBlock',
  'ServerToolUseBlockParam',
  'TextEditorCodeExecutionToolResultBlockParam',
  'ToolReferenceBlockParam',
  'ToolSearchToolResultBlockParam',
  'WebFetchToolResultBlockParam',
  'WebSearchToolResultBlockParam',
];

const refusedBlocks: readonly string[] = ['ContainerUploadBlockParam'];

const declarations = {
  stable: readSdkTypes('messages/messages'),
  beta: readSdkTypes('beta/messages/messages'),
};
const files = Object.values(declarations);
const isWhole = (name: string) =>
  [forClaude, atAnthropic, reportedBlocks, refusedBlocks].some((all) => all.includes(name));

/** Every interface that a request can hold, but for those within what is left out, refused or goes to Claude as a whole. */
function reachable({ interfaces, interfacesIn }: SdkTypes): ReadonlySet<string> {
  const seen = new Set<string>();
  const visit = (name: string) => {
    if (seen.has(name)) return;
    seen.add(name);
    if (isWhole(name)) return;
    const kept = census[name]?.kept ?? {};
    for (const [member, type] of interfaces.get(name) ?? []) {
      if (member in kept) for (const inner of interfacesIn(type)) visit(inner);
    }
  };
  visit('MessageCreateParamsBase');
  return seen;
}

test('every type of Anthropic’s request is classed, and nothing else is', ({ expect }) => {
  const classed = [census, forClaude, atAnthropic, reportedBlocks, refusedBlocks].flatMap((all) =>
    Array.isArray(all) ? all : Object.keys(all),
  );
  const found = new Set(files.flatMap((file) => [...reachable(file)]));
  expect(classed.toSorted()).toEqual([...found].toSorted());
});

test.for(Object.keys(declarations))('%s: a count takes no field that a message does not', (name, { expect }) => {
  const file = name === 'beta' ? declarations.beta : declarations.stable;
  const { kept, reported, refused } = census['MessageCreateParamsBase'] ?? { kept: {} };
  const known = new Set(Object.keys({ ...kept, ...reported, ...refused }));
  const counted = [...(file.interfaces.get('MessageCountTokensParams')?.keys() ?? [])];
  expect(counted.length).toBeGreaterThan(9);
  expect(counted.filter((member) => !known.has(member))).toEqual([]);
});

const decode = (fields: object) =>
  decodeMessagesRequest({ model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }], ...fields });
const classes = Object.entries(census);

test.for(classes)('%s: every field is kept, refused or reported', ([name, type], { expect }) => {
  const { around, kept, reported = {}, refused = {} } = type;
  const declared = new Set(files.flatMap(({ interfaces }) => [...(interfaces.get(name)?.keys() ?? [])]));
  const named = [kept, reported, refused].flatMap((object) => Object.keys(object));
  expect(named.toSorted()).toEqual([...declared].toSorted());
  if (Object.keys(kept).length > 0) expect(decode(around(kept)).dropped).toEqual([]);
  for (const [field, [value, as]] of Object.entries(reported)) {
    expect(decode(around({ ...kept, [field]: value })).dropped).toEqual([as]);
  }
  for (const [field, [value, param]] of Object.entries(refused)) {
    expect(failureOf(() => decode(around({ ...kept, [field]: value })))).toMatchObject({ status: 400, param });
  }
});

/** Fields that only say which type an object is; and `media_type`, for the first bytes say more. */
const sayNoMore: readonly string[] = ['type', 'role', 'media_type'];

test.for(classes)('%s: what is kept makes a difference', ([, { around, kept }], { expect }) => {
  expect(idleMembers(kept, (object) => decode(around(object)), sayNoMore)).toEqual([]);
});

/** Each value that an interface allows for its `type`. */
function typesOf(name: string): readonly string[] {
  const written = files.flatMap(({ interfaces }) => interfaces.get(name)?.get('type') ?? []);
  return [...new Set(written.flatMap((type) => [...type.matchAll(/'([^']*)'/g)].map((match) => match[1] ?? '')))];
}
const each = (names: readonly string[]) => names.flatMap((name) => typesOf(name).map((type) => [name, type] as const));

test.for(each(forClaude))('%s: a tool %s goes to Claude whole', ([, type], { expect }) => {
  const tool = { type, name: 'x', defer_loading: true, display_width_px: 9 };
  const { request, dropped } = decode({ tools: [tool] });
  expect(request.claude?.tools).toEqual([tool]);
  expect(dropped).toEqual([]);
});

test.for(each(atAnthropic))('%s: a tool %s is reported', ([, type], { expect }) => {
  const { request, dropped } = decode({ tools: [{ type, name: 'x' }] });
  expect(request).toMatchObject({ tools: [] });
  expect(request.claude).toBeUndefined();
  expect(dropped).toEqual([`tools.${type}`]);
});

test.for(each(reportedBlocks))('%s: a block %s is reported', ([, type], { expect }) => {
  const sample = {
    type,
    id: 'x',
    tool_use_id: 'x',
    tool_name: 'look',
    tool: {},
    content: null,
    tabs: [],
    cache_control,
  };
  expect(decode(block('user')(sample)).dropped).toContain(`${within}.${type}`);
});

test.for(each(refusedBlocks))('%s: a block %s is refused', ([, type], { expect }) => {
  expect(failureOf(() => decode(block('user')({ type })))).toMatchObject({ status: 400, param: `${at}.type` });
});
