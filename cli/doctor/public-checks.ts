import * as z from 'zod/mini';
import { ErrorBody } from '../../shared/api/shapes.ts';
import { Hello, Version } from '../../shared/api/version.ts';
import { CheckFailure, type Found } from './check-list.ts';
import { foreignAnswer } from './foreign-answer.ts';
import { type Probe, parseJson, type Reply } from './probe.ts';

// What anyone may ask, and what the gateway must refuse.

/** Anthropic API reference, "Errors". */
const AnthropicError = z.object({
  type: z.literal('error'),
  error: z.object({ type: z.string(), message: z.string() }),
  request_id: z.string(),
});

const redeploy = 'deploy template.yaml and the bundle of the same version again';

export async function checkHello(probe: Probe): Promise<Found<null>> {
  const reply = await probe.send({ method: 'GET', path: '/v1/hello' });
  if (reply.status !== 200 || !Hello.safeParse(parseJson(reply.text)).success) throw foreignAnswer(reply);
  return { message: 'the gateway says hello', value: null };
}

/** @param ours the version of this command */
export async function checkVersion(probe: Probe, ours: string): Promise<Found<Version>> {
  const reply = await probe.send({ method: 'GET', path: '/v1/version' });
  const parsed = Version.safeParse(parseJson(reply.text));
  if (reply.status !== 200) throw foreignAnswer(reply);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = issue?.path.map(String).join('.') || 'the whole';
    throw new CheckFailure(`/v1/version is not as expected: ${field}`, `check the address; then ${redeploy}`);
  }
  const { version, git_sha, region } = parsed.data;
  const message = `pennyworth ${version}${git_sha === null ? '' : ` (${git_sha.slice(0, 12)})`} in ${region}`;
  const found = { message, value: parsed.data, details: { version, git_sha, region, cli_version: ours } };
  const order = compareMinor(ours, version);
  if (order === 0) return found;
  const [what, next] =
    order < 0
      ? ['older', 'update this command: npm install --global pennyworth']
      : ['newer', 'deploy the version of this command, or install that of the gateway'];
  return { ...found, message: `${message}; this command is ${what} (${ours})`, next };
}

/** By major and minor version: patches of one minor version belong together. Negative: `a` is older. */
export function compareMinor(a: string, b: string): number {
  const numbers = (text: string) => text.split('.').map((part) => Number.parseInt(part, 10) || 0);
  const [aMajor = 0, aMinor = 0] = numbers(a);
  const [bMajor = 0, bMinor = 0] = numbers(b);
  return aMajor - bMajor || aMinor - bMinor;
}

/** Without a credential: 401 in OpenAI's words. */
export async function checkOpenAiError(probe: Probe): Promise<Found<null>> {
  return expectRefusal(await probe.send({ method: 'GET', path: '/v1/models' }), 401, 'OpenAI’s', ErrorBody);
}

/** Without a credential: 401 in Anthropic's words. */
export async function checkAnthropicError(probe: Probe): Promise<Found<null>> {
  const reply = await probe.send({ method: 'POST', path: '/v1/messages', body: {} });
  return expectRefusal(reply, 401, 'Anthropic’s', AnthropicError);
}

export async function checkUnknownPath(probe: Probe): Promise<Found<null>> {
  return expectRefusal(await probe.send({ method: 'GET', path: '/v1/doctor-asks-for-nothing' }), 404, 'our', ErrorBody);
}

/** @throws CheckFailure unless it has that status and shape, and an id to find it by */
function expectRefusal(reply: Reply, status: number, whose: string, shape: z.ZodMiniType): Found<null> {
  const isOurs = shape.safeParse(parseJson(reply.text)).success;
  if (reply.status === status && isOurs) {
    if (reply.headers.has('x-request-id')) return { message: `${status} in ${whose} shape`, value: null };
    throw new CheckFailure(`the ${status} has no x-request-id`, 'look for a proxy in between that removes headers');
  }
  const body = parseJson(reply.text);
  if (!ErrorBody.safeParse(body).success && !AnthropicError.safeParse(body).success) throw foreignAnswer(reply);
  if (!isOurs) throw new CheckFailure(`the gateway answered ${reply.status}, but not in ${whose} shape`, redeploy);
  throw new CheckFailure(`the gateway answered ${reply.status} where it must answer ${status}`, redeploy);
}

/**
 * A page of an unknown origin must not be let in, one of `listed` must be. Only an answer of the gateway itself says so: an
 * error has no such header either. The unknown name can never be anybody's (RFC 2606).
 */
export async function checkCors(probe: Probe, listed: string | undefined): Promise<Found<null>> {
  const origin = 'https://doctor.invalid';
  const reply = await preflight(probe, origin);
  const allowed = reply.headers.get('access-control-allow-origin');
  if (allowed !== null) {
    throw new CheckFailure(
      `any web page may call: ${origin} is not listed and gets access-control-allow-origin "${allowed}"`,
      'list the origins in the parameter CorsOrigins and deploy again; in template.yaml no Cors of API Gateway belongs',
      { allowed },
    );
  }
  const message = 'a page of an unlisted origin is not let in';
  if (listed === undefined) return { message, value: null };
  const told = (await preflight(probe, listed)).headers.get('access-control-allow-origin');
  if (told === listed) return { message: `${message}, one of ${listed} is`, value: null };
  throw new CheckFailure(
    `a page of ${listed} is not let in: access-control-allow-origin is ${told === null ? 'missing' : `"${told}"`}`,
    'list it in the parameter CorsOrigins, as the browser writes it (https://host, no slash at the end), and deploy again',
  );
}

async function preflight(probe: Probe, origin: string): Promise<Reply> {
  const headers = {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization',
  };
  const reply = await probe.send({ method: 'OPTIONS', path: '/v1/chat/completions', headers });
  // Any 2xx with the header opens the door, whoever wrote it.
  const isOpen = reply.headers.has('access-control-allow-origin');
  if (isOpen || ([204, 405].includes(reply.status) && reply.headers.has('x-request-id'))) return reply;
  throw foreignAnswer(reply);
}
