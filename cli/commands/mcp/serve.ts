import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { Bridge } from './bridge.ts';
import { openTransport } from './connect.ts';

/**
 * Hands messages on between the standard streams and the gateway. stdout is the protocol's alone; what a person should
 * know goes to stderr. When its input has ended, it ends with the last answer; with Ctrl-C at once.
 */
export async function run(_input: CommandInput, context: Context): Promise<void> {
  const { io } = context;
  const gateway = await openTransport(context);
  const bridge = new Bridge(gateway, (text) => io.out.write(text));
  gateway.onerror = (error) => context.trace(`! ${error.message}`);
  await gateway.start();
  if (!(await isInterrupted(context, bridge))) await bridge.settled();
  await gateway.close();
}

/** Reads stdin to its end. @returns true: Ctrl-C came before it */
function isInterrupted({ io }: Context, bridge: Bridge): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const release = io.onInterrupt(() => {
      release();
      // It would keep the process alive.
      io.stdin.destroy();
      resolve(true);
    });
    io.stdin.setEncoding('utf8');
    io.stdin.on('data', (text: string) => bridge.read(text));
    io.stdin.once('error', reject);
    io.stdin.once('end', () => {
      bridge.read('\n');
      resolve(false);
    });
  });
}
