import * as z from 'zod/mini';
import { apiOf, functionsOf, routesOf } from './facts.ts';
import type { Deployment } from './resolve.ts';
import { at, isSame } from './tree.ts';

const longestMs = 900_000;

/** Every path and method, of which the gateway's own router makes 404 and 405. */
const expectedRoutes = ['ANY /', 'ANY /{proxy+}'];

/** The whole API streams for as long as Lambda may run, is throttled, and refuses in words that our clients read. */
export function apiRules(deployment: Deployment, parameters: Readonly<Record<string, string>>): string[] {
  const found: string[] = [];
  const routes = routesOf(deployment);
  for (const { method, path, isStreaming, timeoutMs } of routes) {
    if (!isStreaming) {
      found.push(
        `route ${method} ${path} does not stream: in SAM write ResponseTransferMode: RESPONSE_STREAM (STREAM is silently buffered)`,
      );
    }
    if (timeoutMs !== longestMs) {
      found.push(`route ${method} ${path} ends after ${String(timeoutMs)} ms: write TimeoutInMillis: ${longestMs}`);
    }
  }
  const names = routes.map(({ method, path }) => `${method} ${path}`).sort();
  if (!isSame(names, expectedRoutes)) {
    found.push(`the routes are ${names.join(', ') || 'none'}: they must be ${expectedRoutes.join(', ')}`);
  }
  return [...found, ...functionRules(deployment), ...stageRules(deployment, parameters)];
}

function functionRules(deployment: Deployment): string[] {
  const functions = functionsOf(deployment);
  if (functions.length !== 1) return [`there are ${functions.length} functions: the gateway is one`];
  const found: string[] = [];
  for (const { id, type, properties } of functions) {
    const expected: readonly (readonly [name: string, value: unknown])[] = [
      ['Runtime', 'nodejs24.x'],
      ['Architectures', ['arm64']],
      ['Handler', 'index.handler'],
      ['Timeout', longestMs / 1_000],
      ['Role', '<FunctionRole.Arn>'],
      ['LoggingConfig', { LogGroup: '<LogGroup>', LogFormat: 'JSON', SystemLogLevel: 'WARN' }],
      ...(type === 'AWS::Serverless::Function' ? ([['CodeUri', 'dist/lambda']] as const) : []),
    ];
    for (const [name, value] of expected) {
      if (!isSame(properties[name], value)) found.push(`${id}: ${name} must be ${JSON.stringify(value)}`);
    }
    if (at(properties, 'Tracing') !== 'Active' && at(properties, 'TracingConfig', 'Mode') !== 'Active') {
      found.push(`${id}: X-Ray's tracing must be active`);
    }
  }
  return found;
}

function stageRules(deployment: Deployment, parameters: Readonly<Record<string, string>>): string[] {
  const api = apiOf(deployment);
  if (!api) return ['there is no API with a stage'];
  const found: string[] = [];
  if (!isSame(api.endpointTypes, ['REGIONAL'])) {
    found.push('the API must be REGIONAL: an edge-optimized one cuts a stream after 30 silent seconds');
  }
  const { BaseDomain: domain } = parameters;
  if (api.isOwnAddressClosed !== (domain !== undefined)) {
    found.push("API Gateway's own address must be closed where there is a domain, and open without one");
  }
  // API Gateway's developer guide, "Disable the default endpoint for REST APIs".
  if (at(api.variables, 'domain') !== (domain ?? 'none')) {
    found.push(
      'a variable of the stage must name the domain: its own address is closed and opened with the stage only',
    );
  }
  if (at(api.variables, 'mcpClientId') !== '<McpClient>') {
    found.push('a variable of the stage must name the app client for /mcp: nothing else tells the function of it');
  }
  if (api.isTraced !== true) found.push('the stage must be traced by X-Ray');
  const rate = Number(parameters['ThrottleRequestsPerSecond'] ?? 200);
  const burst = Number(parameters['ThrottleBurst'] ?? 400);
  if (!isSame(api.throttles, [['/*', '*', rate, burst]])) {
    found.push(`the stage must let ${rate} requests a second and ${burst} at once through, on every route`);
  }
  return [...found, ...refusalRules(api.refusals)];
}

/** API Gateway's refusals that our own code cannot answer in the place of. */
const neededRefusals = [
  'DEFAULT_4XX',
  'DEFAULT_5XX',
  'INTEGRATION_TIMEOUT',
  'MISSING_AUTHENTICATION_TOKEN',
  'REQUEST_TOO_LARGE',
  'THROTTLED',
  'WAF_FILTERED',
];

/** Our OpenAI shape, which is at once a readable error for Anthropic's clients. */
const ErrorBody = z.strictObject({
  type: z.literal('error'),
  error: z.strictObject({
    message: z.string().check(z.minLength(1)),
    type: z.string().check(z.regex(/_error$/)),
    param: z.null(),
    code: z.string().check(z.minLength(1)),
  }),
  request_id: z.string().check(z.minLength(1)),
});

function refusalRules(refusals: ReadonlyMap<string, unknown>): string[] {
  const found = neededRefusals
    .filter((kind) => !refusals.has(kind))
    .map((kind) => `API Gateway's own answer ${kind} must be in our error shape`);
  for (const [kind, template] of refusals) {
    if (!isErrorBody(template)) found.push(`API Gateway's own answer ${kind} is not in our error shape`);
  }
  return found;
}

function isErrorBody(template: unknown): boolean {
  if (typeof template !== 'string') return false;
  // As API Gateway fills it in: messageString comes with its quotes.
  const filled = template
    .replaceAll('$context.error.messageString', '"Forbidden"')
    .replaceAll('$context.requestId', 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef');
  try {
    return ErrorBody.safeParse(JSON.parse(filled)).success;
  } catch {
    return false;
  }
}
