import type { Deployment, Resource } from './resolve.ts';
import { at, entriesOf, listOf } from './tree.ts';

// What a rule asks for is written one way in SAM's words and another in CloudFormation's. Read here into one shape, so
// that the source and its expansion stand under the same rules.

export interface Route {
  readonly method: string;
  readonly path: string;
  readonly isStreaming: boolean;
  readonly timeoutMs: unknown;
}

export interface Api {
  readonly endpointTypes: readonly unknown[];
  /** API Gateway's own address answers 403; from the next change of the stage on. */
  readonly isOwnAddressClosed: unknown;
  readonly variables: unknown;
  readonly isTraced: unknown;
  readonly throttles: readonly unknown[];
  /** Body templates of API Gateway's own answers, by their kind. */
  readonly refusals: ReadonlyMap<string, unknown>;
}

export function ofType(deployment: Deployment, ...types: readonly string[]): readonly Resource[] {
  return deployment.resources.filter(({ type }) => types.includes(type));
}

export function functionsOf(deployment: Deployment): readonly Resource[] {
  return ofType(deployment, 'AWS::Serverless::Function', 'AWS::Lambda::Function');
}

export function routesOf(deployment: Deployment): readonly Route[] {
  const routes: Route[] = [];
  for (const { properties } of ofType(deployment, 'AWS::Serverless::Function')) {
    for (const [, event] of entriesOf(properties['Events'])) {
      if (at(event, 'Type') === 'Api') routes.push(routeOfEvent(at(event, 'Properties')));
    }
  }
  // SAM answers OPTIONS itself, buffered, where its own CORS is on.
  for (const { properties } of ofType(deployment, 'AWS::Serverless::Api')) {
    if (properties['Cors'] !== undefined) routes.push({ method: 'OPTIONS', path: '*', ...buffered });
  }
  for (const { properties } of ofType(deployment, 'AWS::ApiGateway::RestApi')) {
    for (const [path, methods] of entriesOf(at(properties, 'Body', 'paths'))) {
      for (const [name, method] of entriesOf(methods)) routes.push(routeOfOpenApi(path, name, method));
    }
  }
  return routes;
}

const buffered = { isStreaming: false, timeoutMs: undefined };

function routeOfEvent(event: unknown): Route {
  return {
    method: String(at(event, 'Method')).toUpperCase(),
    path: String(at(event, 'Path')),
    // SAM's word. CloudFormation's word here passes every linter and makes a buffered API that ends after 29 s.
    isStreaming: at(event, 'ResponseTransferMode') === 'RESPONSE_STREAM',
    timeoutMs: at(event, 'TimeoutInMillis'),
  };
}

function routeOfOpenApi(path: string, name: string, method: unknown): Route {
  const integration = at(method, 'x-amazon-apigateway-integration');
  const uri = String(at(integration, 'uri'));
  return {
    method: name === 'x-amazon-apigateway-any-method' ? 'ANY' : name.toUpperCase(),
    path,
    isStreaming:
      at(integration, 'responseTransferMode') === 'STREAM' &&
      /:lambda:path\/2021-11-15\/functions\/<Function\.Arn>\/response-streaming-invocations$/.test(uri),
    timeoutMs: at(integration, 'timeoutInMillis'),
  };
}

export function apiOf(deployment: Deployment): Api | undefined {
  const [source] = ofType(deployment, 'AWS::Serverless::Api');
  if (source) {
    const { properties } = source;
    return {
      endpointTypes: listOf(at(properties, 'EndpointConfiguration', 'Type')),
      isOwnAddressClosed: properties['DisableExecuteApiEndpoint'],
      variables: properties['Variables'],
      isTraced: properties['TracingEnabled'],
      throttles: throttlesOf(properties['MethodSettings']),
      refusals: refusalsOf(properties['GatewayResponses'], 'ResponseTemplates'),
    };
  }
  const [api] = ofType(deployment, 'AWS::ApiGateway::RestApi');
  const [stage] = ofType(deployment, 'AWS::ApiGateway::Stage');
  if (!api || !stage) return undefined;
  return {
    endpointTypes: listOf(at(api.properties, 'EndpointConfiguration', 'Types')),
    isOwnAddressClosed: at(
      listOf(at(api.properties, 'Body', 'servers'))[0],
      'x-amazon-apigateway-endpoint-configuration',
      'disableExecuteApiEndpoint',
    ),
    variables: stage.properties['Variables'],
    isTraced: stage.properties['TracingEnabled'],
    throttles: throttlesOf(stage.properties['MethodSettings']),
    refusals: refusalsOf(at(api.properties, 'Body', 'x-amazon-apigateway-gateway-responses'), 'responseTemplates'),
  };
}

function throttlesOf(settings: unknown): readonly unknown[] {
  return listOf(settings).map((each) => [
    // CloudFormation writes a slash in a path as ~1; both forms mean every method of every path.
    String(at(each, 'ResourcePath')).replaceAll('~1', '/'),
    at(each, 'HttpMethod'),
    Number(at(each, 'ThrottlingRateLimit')),
    Number(at(each, 'ThrottlingBurstLimit')),
  ]);
}

function refusalsOf(responses: unknown, templates: string): ReadonlyMap<string, unknown> {
  return new Map(entriesOf(responses).map(([kind, told]) => [kind, at(told, templates, 'application/json')]));
}
