import { randomBytes, randomUUID } from 'node:crypto';
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateGroupCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import * as z from 'zod/mini';
import { createRootSecret } from '../../server/auth/secret-store.ts';
import { createAwsClients } from '../../server/aws/clients.ts';
import { systemClock } from '../../server/clock.ts';
import { signIn } from '../../server/contract/sign-in.ts';
import { createKeyFormat } from '../../server/keys/key-format.ts';
import { createLogger } from '../../server/observe/logger.ts';
import type { Route } from '../../server/route.ts';
import { routes } from '../../server/routes/routes.ts';
import { encodeApiKeyBody, encodeBase62 } from '../../shared/api-key.ts';
import type { LocalStack } from '../local-stack.ts';

type Dev = LocalStack['dev'];

/** One request. */
export interface Question {
  readonly method: string;
  readonly path: string;
  readonly credential: string;
  readonly body: string | undefined;
  /** The id in question, which an answer may repeat. */
  readonly about: string;
}

/** Two questions that must be answered alike: about what does not exist, and about what is somebody else's. */
export interface Pair {
  readonly name: string;
  readonly unknown: Question;
  readonly foreign: Question;
}

interface Ids {
  readonly unknown: string;
  readonly foreign: string;
}

/** Everybody may see these, or nobody has them. */
const withoutOwners = /^\/v1\/models\b/;
/** What a body of a route with an id must have to be taken, by the end of its path; else an empty object is. */
const bodies: Readonly<Record<string, object>> = { 'PATCH /v1/keys/:id': { name: 'renamed' } };

/** A pair for every management route with an id, and for keys. */
export async function makePairs(dev: Dev): Promise<readonly Pair[]> {
  const [token, ids] = [await signIn(dev, dev.user), await makeIds(dev)];
  const named = routes.filter(
    ({ path, access }) => path.includes(':') && access !== 'anyone' && !withoutOwners.test(path),
  );
  return [...named.map((route) => pairOf(route, ids, token)), ...(await keyPairs(dev))];
}

function pairOf(route: Route, ids: ReadonlyMap<string, Ids>, credential: string): Pair {
  const name = `${route.method} ${route.path}`;
  const found = [...ids].find(([prefix]) => route.path.startsWith(prefix));
  if (!found) throw new Error(`${name}: nothing of anybody is known to ask about; add it to makeIds`);
  const [, { unknown, foreign }] = found;
  const { method } = route;
  const body = route.body === null ? undefined : JSON.stringify(bodies[name] ?? {});
  const ask = (id: string): Question => {
    // Of two ids in a path the first is the one asked about.
    const path = route.path.replace(parameter, id).replace(parameter, nobody);
    return { method, path, credential, body, about: id };
  };
  return { name, unknown: ask(unknown), foreign: ask(foreign) };
}

const parameter = /:\w+(?:\{[^}]*\})?/;
const nobody = randomUUID();

/** Words that stand in no answer of their own. */
const othersTeam = 'team-of-others';

/** What another person has, and ids of the same form that nobody has, by the beginning of the path. */
async function makeIds(dev: Dev): Promise<ReadonlyMap<string, Ids>> {
  const other = await makePerson(dev);
  const token = await signIn(dev, other);
  const key = await post(dev, '/v1/keys', token, { name: 'foreign' });
  const response = await post(dev, '/v1/responses', token, { model: dev.model, input: 'Hi' });
  const letters = randomBytes(60)
    .toString('base64')
    .replaceAll(/[^A-Za-z0-9]/g, '');
  const like = (id: string) =>
    id.replace(/[0-9A-Za-z]+$/, (end) => {
      return (/^[0-9a-f]+$/.test(end) ? randomBytes(30).toString('hex') : letters).slice(0, end.length);
    });
  return new Map([
    ['/v1/keys/', { unknown: like(key), foreign: key }],
    ['/v1/responses/', { unknown: like(response), foreign: response }],
    ['/v1/users/', { unknown: randomUUID(), foreign: other.username }],
    ['/v1/groups/', { unknown: 'team-of-nobody', foreign: othersTeam }],
  ]);
}

async function makePerson(dev: Dev): Promise<{ readonly username: string; readonly password: string }> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const endpoint = dev.endpoints['cognito_identity_provider'] ?? '';
  const cognito = new CognitoIdentityProviderClient({ region: dev.region, endpoint, credentials });
  const person = { username: randomUUID(), password: `Aa1!${randomUUID()}` };
  const who = { UserPoolId: dev.user_pool_id, Username: person.username };
  await cognito.send(new AdminCreateUserCommand({ ...who, MessageAction: 'SUPPRESS' }));
  await cognito.send(new CreateGroupCommand({ UserPoolId: dev.user_pool_id, GroupName: othersTeam }));
  await cognito.send(new AdminSetUserPasswordCommand({ ...who, Password: person.password, Permanent: true }));
  cognito.destroy();
  return person;
}

const Made = z.object({ id: z.string() });

async function post(dev: Dev, path: string, token: string, body: object): Promise<string> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const response = await fetch(`${dev.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  return Made.parse(await response.json()).id;
}

/** A key of nobody beside one with the name of a person: with a checksum that was guessed, and with a right one. */
async function keyPairs(dev: Dev): Promise<readonly Pair[]> {
  const { parameters, dynamo } = createAwsClients(dev.env);
  const rootSecret = createRootSecret({
    parameters,
    dynamo,
    table: dev.env['PENNYWORTH_TABLE'] ?? '',
    parameterName: dev.env['PENNYWORTH_ROOT_SECRET_PARAMETER'] ?? '',
    clock: systemClock,
    logger: createLogger((line) => process.stderr.write(line)),
  });
  const format = createKeyFormat(await rootSecret.keys());
  const guessed = (username: string) =>
    `${encodeApiKeyBody(username, 1, randomBytes(32))}${encodeBase62(BigInt(randomBytes(4).readUInt32BE()), 6)}`;
  const summed = (username: string) => format.mint(username, 1)?.text ?? '';
  const ask = (credential: string): Question => ({
    method: 'GET',
    path: '/v1/models',
    credential,
    body: undefined,
    about: credential,
  });
  return [
    { name: 'a key, checksum guessed', unknown: ask(guessed(nobody)), foreign: ask(guessed(dev.user.username)) },
    { name: 'a key, checksum right', unknown: ask(summed(nobody)), foreign: ask(summed(dev.user.username)) },
  ];
}
