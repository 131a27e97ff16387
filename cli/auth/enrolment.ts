import type { Context } from '../context.ts';
import { formatJson } from '../output/json.ts';
import { stripControl } from '../output/strip-control.ts';
import type { Answers } from './answers.ts';
import { otpauthUri } from './second-factor.ts';

interface NewApp {
  /** What the app shows: an e-mail or username. */
  readonly account: string;
  /** Base32. */
  readonly secret: string;
}

/**
 * Tells the secret of a new authenticator app. A person gets a QR code where the terminal can show one, else the URI,
 * and the secret to type, on stderr as all that is asked; a program gets the URI as its result.
 */
export async function showSecret(context: Context, answers: Answers, { account, secret }: NewApp): Promise<void> {
  const { io, globals } = context;
  const uri = otpauthUri(stripControl(account), secret);
  if (answers.hasCodeLine) {
    io.print(globals.format === 'json' ? formatJson({ secret, otpauth_uri: uri }, false) : `${uri}\n`);
    return;
  }
  const { formatQr } = await import('../output/qr.ts');
  const picture = io.unicode ? formatQr(uri, { columns: io.errColumns, style: io.errStyle }) : undefined;
  const grouped = secret.replace(/=+$/, '').replaceAll(/(.{4})(?=.)/g, '$1 ');
  io.err.write(
    picture === undefined
      ? `Add this address to your authenticator app:\n\n  ${uri}\n\nor type the secret: ${grouped}\n\n`
      : `Scan this with your authenticator app:\n\n${picture}\nor type the secret: ${grouped}\n\n`,
  );
}
