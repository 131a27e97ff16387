/**
 * What each family can do on Bedrock, written down by hand from Bedrock's user guide and from what its users report, and
 * not read from the catalogue: the matrix must notice when the catalogue says otherwise.
 */
export interface Family {
  /** The alias callers write. */
  readonly model: string;
  /** The id that is sent to Bedrock from us-west-2. */
  readonly servedBy: string;
  readonly images: boolean;
  readonly documents: boolean;
  /** Whether a stop sequence is obeyed; otherwise it is reported. */
  readonly stop: boolean;
  /** What can be forced: a tool by its name, some tool, or none. */
  readonly forces: 'tool' | 'any' | 'none';
  /** How a JSON schema reaches the model: as Bedrock's output format, as a forced tool, or as words in the prompt. */
  readonly schema: 'native' | 'tool' | 'words';
  /** What becomes of `reasoning_effort`: thinking that is shown, with a signature or without; hidden; or a report. */
  readonly effort: 'signed' | 'unsigned' | 'hidden' | 'dropped';
  /** Where cache points may stand. */
  readonly cache: 'everywhere' | 'not-in-tools' | 'nowhere';
  /** `temperature`, `top_p` or both together. */
  readonly sampling: 'both' | 'one' | 'none';
}

export const families: readonly Family[] = [
  {
    model: 'claude-sonnet-4-5',
    servedBy: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    images: true,
    documents: true,
    stop: true,
    forces: 'tool',
    schema: 'native',
    effort: 'signed',
    cache: 'everywhere',
    sampling: 'one',
  },
  {
    model: 'claude-opus-4-7',
    servedBy: 'us.anthropic.claude-opus-4-7',
    images: true,
    documents: true,
    stop: true,
    forces: 'tool',
    schema: 'tool',
    effort: 'signed',
    cache: 'everywhere',
    sampling: 'none',
  },
  {
    model: 'nova-2-lite',
    servedBy: 'us.amazon.nova-2-lite-v1:0',
    images: true,
    documents: true,
    stop: true,
    forces: 'tool',
    schema: 'tool',
    effort: 'unsigned',
    cache: 'not-in-tools',
    sampling: 'both',
  },
  {
    model: 'llama3-3-70b-instruct',
    servedBy: 'us.meta.llama3-3-70b-instruct-v1:0',
    images: false,
    documents: false,
    stop: true,
    forces: 'none',
    schema: 'words',
    effort: 'dropped',
    cache: 'nowhere',
    sampling: 'both',
  },
  {
    model: 'mistral-large-3-675b-instruct',
    servedBy: 'mistral.mistral-large-3-675b-instruct',
    images: true,
    documents: false,
    stop: true,
    forces: 'none',
    schema: 'native',
    effort: 'dropped',
    cache: 'nowhere',
    sampling: 'both',
  },
  {
    model: 'deepseek-v3.2',
    servedBy: 'us.deepseek.v3.2',
    images: false,
    documents: false,
    stop: true,
    forces: 'any',
    schema: 'native',
    effort: 'unsigned',
    cache: 'nowhere',
    sampling: 'both',
  },
  {
    model: 'gpt-oss-120b',
    servedBy: 'openai.gpt-oss-120b-1:0',
    images: false,
    documents: false,
    stop: false,
    forces: 'any',
    schema: 'tool',
    effort: 'unsigned',
    cache: 'nowhere',
    sampling: 'both',
  },
  {
    model: 'qwen3-235b-a22b',
    servedBy: 'qwen.qwen3-235b-a22b-2507-v1:0',
    images: false,
    documents: false,
    stop: false,
    forces: 'any',
    schema: 'native',
    effort: 'dropped',
    cache: 'nowhere',
    sampling: 'both',
  },
  {
    model: 'gpt-5.4',
    servedBy: 'us.openai.gpt-5.4',
    images: true,
    documents: false,
    stop: false,
    forces: 'any',
    schema: 'tool',
    effort: 'hidden',
    cache: 'nowhere',
    sampling: 'none',
  },
  {
    model: 'kimi-k2.5',
    servedBy: 'moonshotai.kimi-k2.5',
    images: true,
    documents: false,
    stop: true,
    forces: 'any',
    schema: 'tool',
    effort: 'dropped',
    cache: 'nowhere',
    sampling: 'both',
  },
];

/** Each family once answered in one body, once streamed. */
export const cells = families.flatMap((family) => [
  { family, mode: 'sync' as const, name: `${family.model}, sync` },
  { family, mode: 'stream' as const, name: `${family.model}, stream` },
]);
