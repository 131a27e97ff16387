import { appendFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';

/** One mail, as it would have gone out. */
interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly body: string;
}

export interface Mailbox {
  send(mail: Mail): void;
}

/**
 * Nothing is sent from here: every mail becomes one line of JSON in a file that only its owner can read, because there
 * are passwords in it. Without a file mails are lost.
 * @param announce Is told where each mail lies, in one line without its content.
 */
export function createMailbox(
  file: string | undefined,
  now: () => number,
  announce: (line: string) => void = (line) => process.stderr.write(line),
): Mailbox {
  return {
    send(mail) {
      if (file === undefined) return;
      mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
      const line = JSON.stringify({ time: new Date(now()).toISOString(), ...mail });
      appendFileSync(file, `${line}\n`, { mode: 0o600 });
      announce(`pennyworth: a mail for ${JSON.stringify(mail.to)} lies in ${file}\n`);
    },
  };
}
