import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { inject } from 'vitest';

const dev = inject('dev');

/** One more gateway over the services of the shared stack, in a process of its own. */
export interface GatewayProcess {
  readonly url: string;
  /** As the operating system ends it when there is no memory left: nothing is tidied up. */
  kill(): Promise<void>;
}

const at = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);

const program = `
const [{ createApp }, { createContext }, { createHttpServer }, { createLogger }] = await Promise.all(
  [${at('../app.ts')}, ${at('../context.ts')}, ${at('../local/node-http.ts')}, ${at('../observe/logger.ts')}]
    .map((file) => import(file)));
const ahead = Number(process.argv[1]);
const context = createContext({
  environment: process.env,
  version: '0.0.0',
  logger: createLogger(() => undefined),
  clock: { now: () => Date.now() + ahead },
});
const server = createHttpServer(createApp(context));
server.listen(0, '127.0.0.1', () => console.log('http://127.0.0.1:' + server.address().port));`;

/**
 * @param aheadMs how far its clock is ahead of this machine's
 * @param environment instead of what the stack's own gateway has
 */
export async function startGateway(
  aheadMs = 0,
  environment: Readonly<Record<string, string>> = {},
): Promise<GatewayProcess> {
  const child: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', program, String(aheadMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'], ...dev.env, ...environment },
  });
  if (child.stdout === null) throw new Error('the gateway has no output');
  const exited = once(child, 'exit');
  const [url] = await Promise.race([
    once(createInterface(child.stdout), 'line'),
    exited.then(() => Promise.reject(new Error('the gateway ended before it listened'))),
  ]);
  return {
    url: String(url),
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
