import path from 'node:path';
import * as z from 'zod/mini';

const Person = z.object({ username: z.string(), email: z.string(), password: z.string() });

/** dev.json (CONTRACTS §1): how a program finds and uses a running local stack. */
export const DevFile = z.object({
  /** Without `/v1` and without a slash at the end. */
  url: z.string(),
  api_key: z.string(),
  model: z.string(),
  /** Of the gateway's process. */
  pid: z.number(),
  user: Person,
  admin: z.extend(Person, { totp_secret: z.nullable(z.string()) }),
  region: z.string(),
  user_pool_id: z.string(),
  client_id: z.string(),
  endpoints: z.record(z.string(), z.string()),
  env: z.record(z.string(), z.string()),
});
export type DevFile = z.infer<typeof DevFile>;

/** For people what they need to begin, where they read it in `folder`; without a folder the one line of dev.json. */
export function printDevFile(file: DevFile, folder: string | undefined): void {
  process.stdout.write(folder === undefined ? `${JSON.stringify(file)}\n` : textOf(file, folder));
}

function textOf(file: DevFile, folder: string): string {
  const { url, api_key: key, model, user, admin } = file;
  const code =
    admin.totp_secret === null
      ? 'has no second factor yet: pennyworth login sets one up'
      : `is asked for a code: put admin.totp_secret of ${path.join(folder, 'dev.json')} into an authenticator app`;
  const body = JSON.stringify({ model, stream: true, messages: [{ role: 'user', content: 'Hello!' }] });
  return `
  Pennyworth runs at ${url}
  Model              ${model} (answers come from a simulator)
  Key                ${key}

  export OPENAI_BASE_URL=${url}/v1
  export OPENAI_API_KEY=${key}

  curl -N ${url}/v1/chat/completions -H 'authorization: Bearer ${key}' -H 'content-type: application/json' -d '${body}'

  User               ${user.email}  ${user.password}
  Admin              ${admin.email}  ${admin.password}
                     ${code}

  Ctrl-C ends everything
`;
}
