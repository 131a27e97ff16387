import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as z from 'zod/mini';
import { type EmulatorOrder, EmulatorReply, type EmulatorService } from './emulator-order.ts';

export interface EmulatorProcess {
  readonly urls: Readonly<Partial<Record<EmulatorService, string>>>;
  /** Resolves when the process has ended, whatever ended it. */
  readonly ended: Promise<void>;
  /** Closes the channel; the process ends by itself, and is killed if it does not. */
  stop(): Promise<void>;
}

/** Starts the emulators in a process of their own. @throws Error with their reason when they cannot start. */
export async function startEmulatorProcess(order: EmulatorOrder): Promise<EmulatorProcess> {
  const ending = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const child = fork(fileURLToPath(new URL(`./emulators${ending}`, import.meta.url)), [], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const reply = await ask(child, order);
  if ('error' in reply) throw new Error(`the emulators could not start: ${reply.error}`);
  return {
    urls: reply.urls,
    ended,
    stop: async () => {
      if (child.connected) child.disconnect();
      const timer = setTimeout(() => child.kill('SIGKILL'), 1500);
      await ended;
      clearTimeout(timer);
    },
  };
}

function ask(child: ChildProcess, order: EmulatorOrder): Promise<z.infer<typeof EmulatorReply>> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => {
      const parsed = z.safeParse(EmulatorReply, message);
      if (parsed.success) resolve(parsed.data);
      else reject(new Error('the emulators answered what nobody can read'));
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the emulators ended with code ${code} before they were ready`)));
    child.send(order);
  });
}
