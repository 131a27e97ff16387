import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider';
import { type LocalStack, startStack } from '../../bin/local-stack.ts';

/** Of everybody who is invited with a password that holds. */
export const password = 'Chosen-by-me-2';

/** A local stack, and people of its pool with machines of their own. */
export class LocalPeople {
  readonly cognito: CognitoIdentityProviderClient;
  readonly #stack: LocalStack;
  readonly #folders: string[] = [];

  private constructor(stack: LocalStack) {
    this.#stack = stack;
    const { endpoints, region } = stack.dev;
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const endpoint = endpoints['cognito_identity_provider'] ?? '';
    this.cognito = new CognitoIdentityProviderClient({ endpoint, region, credentials });
  }

  static async start(): Promise<LocalPeople> {
    return new LocalPeople(await startStack());
  }

  get dev(): LocalStack['dev'] {
    return this.#stack.dev;
  }

  log(): string {
    return this.#stack.log();
  }

  async stop(): Promise<void> {
    this.cognito.destroy();
    await this.#stack.stop();
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true });
  }

  /** A folder for the command's files. */
  machine(): string {
    const folder = mkdtempSync(path.join(tmpdir(), 'pennyworth-sign-in-'));
    this.#folders.push(folder);
    return folder;
  }

  /** A person whose password holds, or who has the temporary one `Temporary-1`. */
  async invite(email: string, temporary = false) {
    const { user_pool_id: UserPoolId, url } = this.dev;
    const Username = crypto.randomUUID();
    const UserAttributes = [
      { Name: 'email', Value: email },
      { Name: 'email_verified', Value: 'true' },
    ];
    const invitation = { UserPoolId, Username, TemporaryPassword: 'Temporary-1', UserAttributes };
    await this.cognito.send(new AdminCreateUserCommand({ ...invitation, MessageAction: 'SUPPRESS' }));
    if (!temporary) await this.setPassword(Username, password, true);
    return { Username, UserPoolId, config: this.machine(), login: ['login', url, '--username', email] };
  }

  async setPassword(Username: string, Password: string, Permanent: boolean): Promise<void> {
    const { user_pool_id: UserPoolId } = this.dev;
    await this.cognito.send(new AdminSetUserPasswordCommand({ UserPoolId, Username, Password, Permanent }));
  }
}

const credentialsFile = (config: string) => path.join(config, 'credentials.json');

/** What is kept on a machine. */
export const stored = (config: string) => JSON.parse(readFileSync(credentialsFile(config), 'utf8'));

/** Changes what is kept of a sign-in, as time or another address would. */
export function changeSession(config: string, change: Readonly<Record<string, string>>): void {
  const document = stored(config);
  Object.assign(document.profiles.default, change);
  writeFileSync(credentialsFile(config), JSON.stringify(document));
}
