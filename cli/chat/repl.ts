import { createInterface } from 'node:readline';
import type { ApiClient } from '../api/client.ts';
import type { Context } from '../context.ts';
import { toCliError } from '../errors.ts';
import { printError } from '../output/error.ts';
import { stripControl } from '../output/strip-control.ts';
import { ask, type Message, type Question } from './ask.ts';
import { AnswerPrinter, explainOutcome } from './present.ts';

const help = `/model [id]  show or change the model
/clear       forget the conversation
/help        this list
/exit        leave; so does Ctrl-D, or Ctrl-C twice`;

/** A conversation at the terminal. An error ends an answer, never the conversation. */
export class Repl {
  readonly #context: Context;
  readonly #api: ApiClient;
  readonly #idleMs: number;
  readonly #first: Question;
  #model: string;
  #messages: readonly Message[];
  #answering: AbortController | undefined;

  constructor(context: Context, api: ApiClient, first: Question, idleMs: number) {
    this.#context = context;
    this.#api = api;
    this.#idleMs = idleMs;
    this.#first = first;
    this.#model = first.model;
    this.#messages = first.messages;
  }

  async run(): Promise<void> {
    const { io } = this.#context;
    const lines = createInterface({ input: io.stdin, output: io.err, terminal: true, prompt: '> ' });
    let wasInterrupted = false;
    // Ctrl-D may come while an answer is still written.
    let isClosed = false;
    lines.once('close', () => {
      isClosed = true;
    });
    // In its raw mode the terminal hands Ctrl-C to readline instead of making a signal of it.
    lines.on('SIGINT', () => {
      if (this.#answering) this.#answering.abort();
      else if (wasInterrupted) lines.close();
      else {
        wasInterrupted = true;
        lines.write(null, { ctrl: true, name: 'u' });
        io.note('\nCtrl-C again, or /exit, leaves.');
        lines.prompt();
      }
    });
    io.note(`${stripControl(this.#model)} · /help`);
    lines.prompt();
    for await (const line of lines) {
      wasInterrupted = false;
      const text = line.trim();
      if (text === '/exit' || text === '/quit') break;
      if (text.startsWith('/')) this.#obey(text);
      else if (text !== '') await this.#answer(text);
      if (!isClosed) lines.prompt();
    }
    lines.close();
  }

  #obey(line: string): void {
    const { io } = this.#context;
    const [command, argument] = line.split(/\s+/);
    if (command === '/help') io.err.write(`${help}\n`);
    else if (command === '/clear') {
      this.#messages = this.#first.messages;
      io.note('The conversation is forgotten.');
    } else if (command === '/model') {
      this.#model = argument ?? this.#model;
      io.note(`model: ${stripControl(this.#model)}`);
    } else io.warn(`there is no ${command}; /help lists what there is`);
  }

  async #answer(text: string): Promise<void> {
    const { io } = this.#context;
    const messages: readonly Message[] = [...this.#messages, { role: 'user', content: text }];
    const printer = new AnswerPrinter(io);
    this.#answering = new AbortController();
    const startedAt = performance.now();
    try {
      const outcome = await ask(
        this.#api,
        { ...this.#first, model: this.#model, messages },
        { stop: this.#answering.signal, idleMs: this.#idleMs, onText: (piece) => printer.print(piece) },
      );
      printer.endLine();
      explainOutcome(io, outcome, performance.now() - startedAt, !io.quiet);
      // An empty turn of the assistant is refused by most models: such a question is forgotten.
      if (outcome.answer.text !== '') {
        this.#messages = [...messages, { role: 'assistant', content: outcome.answer.text }];
      }
    } catch (error) {
      printer.endLine();
      printError(io, toCliError(error), false);
    } finally {
      this.#answering = undefined;
    }
  }
}
