import { ModelList } from '../../shared/api/models.ts';
import type { ApiClient } from '../api/client.ts';
import { ask, type Message, type Question } from '../chat/ask.ts';
import { AnswerPrinter, explainOutcome, toDocument } from '../chat/present.ts';
import type { CommandInput } from '../command.ts';
import type { Context } from '../context.ts';
import { NotFoundError, UsageError } from '../errors.ts';
import { findPositiveInteger } from '../options.ts';
import { formatJson, pickFields } from '../output/json.ts';

/** The gateway says something at least every minute, also while a model thinks. */
const defaultIdleMs = 150_000;
const preferredModel = 'claude-sonnet-4-5';
/** After so long without the end of stdin the person is told what we wait for. */
const inputNoteMs = 2_000;

export async function run(input: CommandInput, context: Context): Promise<void> {
  const { options } = input;
  const maxTokens = findPositiveInteger(options, 'maxTokens', '--max-tokens');
  const prompt = await readPrompt(input, context);
  const api = await context.api();
  const system = options.find('system');
  const instructions: readonly Message[] = system === undefined ? [] : [{ role: 'system', content: system }];
  const model = await chooseModel(options.find('model'), context, api);
  const question: Question = { model, messages: instructions, maxTokens, stream: options.isOn('stream') };
  const idleMs = context.globals.timeoutMs ?? defaultIdleMs;
  if (prompt === undefined) {
    const { Repl } = await import('../chat/repl.ts');
    await new Repl(context, api, question, idleMs).run();
    return;
  }
  const messages: readonly Message[] = [...instructions, { role: 'user', content: prompt }];
  await answerOnce(context, api, { ...question, messages }, idleMs, options.isOn('usage'));
}

/** The words of the command line, then what is piped in. Undefined: a conversation. @throws UsageError for nothing */
async function readPrompt({ arguments: words }: CommandInput, { io, globals }: Context): Promise<string | undefined> {
  const asked = words.join(' ').trim();
  const piped = io.stdinIsTty ? '' : (await readPiped(io, asked !== '')).trim();
  const prompt = [asked, piped].filter((part) => part !== '').join('\n\n');
  if (prompt !== '') return prompt;
  if (io.canPrompt && io.isOutTty && globals.format === 'human') return undefined;
  throw new UsageError('there is nothing to ask', { hint: 'pennyworth chat "Why is the sky blue?"' });
}

async function readPiped(io: Context['io'], hasWords: boolean): Promise<string> {
  const note = setTimeout(() => {
    io.note(`Reading ${hasWords ? 'the rest of ' : ''}the prompt from stdin until it ends …`);
  }, inputNoteMs);
  try {
    return await io.readInput();
  } finally {
    clearTimeout(note);
  }
}

/** The flag, the profile's own model, ours where it is listed, else the first that streams. */
async function chooseModel(flag: string | undefined, context: Context, api: ApiClient): Promise<string> {
  const chosen = flag ?? (await context.profile()).model;
  if (chosen !== undefined) return chosen;
  const { data } = await api.get('/v1/models', ModelList);
  const model =
    data.find(({ id }) => id === preferredModel) ??
    data.find(({ pennyworth }) => pennyworth.capabilities.includes('streaming')) ??
    data[0];
  if (model) return model.id;
  throw new NotFoundError('you may call no model', { hint: 'ask your administrator' });
}

async function answerOnce(
  context: Context,
  api: ApiClient,
  question: Question,
  idleMs: number,
  withUsage: boolean,
): Promise<void> {
  const { io, globals } = context;
  const printer = new AnswerPrinter(io);
  const isJson = globals.format === 'json';
  const stop = new AbortController();
  const release = io.onInterrupt(() => stop.abort());
  const startedAt = performance.now();
  try {
    const outcome = await ask(api, question, {
      stop: stop.signal,
      idleMs,
      onText: (text) => {
        if (!isJson) printer.print(text);
      },
    });
    const tookMs = performance.now() - startedAt;
    printer.endLine();
    if (isJson) io.print(formatJson(pickFields(toDocument(outcome, tookMs), globals.fields), io.isOutTty));
    explainOutcome(io, outcome, tookMs, withUsage);
  } finally {
    printer.endLine();
    release();
  }
}
