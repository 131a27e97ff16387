import { type Credentials, createCredentials } from '../aws/credentials.ts';
import { EmulatorService } from './emulator-order.ts';

type Environment = Record<string, string | undefined>;

/** Names that `template.yaml` gives on AWS; what is set already wins. */
const names = {
  PENNYWORTH_TABLE: 'pennyworth',
  PENNYWORTH_AUDIT_TABLE: 'pennyworth-audit',
  PENNYWORTH_BUCKET: 'pennyworth-files',
  PENNYWORTH_ROOT_SECRET_PARAMETER: '/pennyworth/root-secret',
} as const;

/** Every service an AWS_ENDPOINT_URL_* may be set for (CONTRACTS §1). */
const services = [...EmulatorService.options, 'cognito_identity', 'sts', 'sns', 'bedrock'] as const;

const endpointVariable = (service: string) => `AWS_ENDPOINT_URL_${service.toUpperCase()}`;

export function regionOf(environment: Environment): string {
  return environment['AWS_REGION'] ?? environment['AWS_DEFAULT_REGION'] ?? 'us-west-2';
}

/** The services no variable points elsewhere; these get an emulator. */
export function emulatedServices(environment: Environment, bedrock: 'aws' | 'simulator'): EmulatorService[] {
  if (environment['AWS_ENDPOINT_URL'] !== undefined) return [];
  return EmulatorService.options.filter(
    (service) =>
      environment[endpointVariable(service)] === undefined && !(service === 'bedrock_runtime' && bedrock === 'aws'),
  );
}

/**
 * Puts the credentials in force into the environment (not those of the SDK's own chain, which it keeps fresh itself)
 * and returns the pairs the emulators accept: exactly that one and `local`/`local`.
 */
export async function settleCredentials(
  environment: Environment,
  bedrock: 'aws' | 'simulator',
): Promise<[string, string][]> {
  if (environment['AWS_ACCESS_KEY_ID'] === undefined && bedrock === 'simulator') {
    environment['AWS_ACCESS_KEY_ID'] = 'local';
    environment['AWS_SECRET_ACCESS_KEY'] = 'local';
  }
  const { accessKeyId, secretAccessKey } = await findCredentials(environment);
  return [
    ['local', 'local'],
    [accessKeyId, secretAccessKey],
  ];
}

async function findCredentials(environment: Environment): Promise<Credentials> {
  try {
    return await createCredentials(environment)();
  } catch (cause) {
    const message = '--bedrock aws found no AWS credentials; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and its secret';
    throw new Error(message, { cause });
  }
}

/** Points AWS's standard variables at the emulators and names what the server works with. */
export function settleVariables(
  environment: Environment,
  urls: Readonly<Partial<Record<EmulatorService, string>>>,
): void {
  for (const [service, url] of Object.entries(urls)) environment[endpointVariable(service)] = url;
  for (const [name, value] of Object.entries(names)) environment[name] ??= value;
  environment['AWS_REGION'] = regionOf(environment);
}

/** The endpoints in use, for dev.json. */
export function endpointsInForce(environment: Environment): Record<string, string> {
  const endpoints: Record<string, string> = {};
  for (const service of services) {
    const url = environment[endpointVariable(service)] ?? environment['AWS_ENDPOINT_URL'];
    if (url !== undefined) endpoints[service] = url;
  }
  return endpoints;
}

/** Every variable with which the server, and so the Lambda bundle, runs against this stack. */
export function serverEnvironment(environment: Environment, bedrock: 'aws' | 'simulator'): Record<string, string> {
  const isServers = (name: string) =>
    name.startsWith('PENNYWORTH_') || name === 'AWS_REGION' || name.startsWith('AWS_ENDPOINT_URL');
  const isCredential = (name: string) =>
    name === 'AWS_ACCESS_KEY_ID' || name === 'AWS_SECRET_ACCESS_KEY' || name === 'AWS_SESSION_TOKEN';
  const chosen: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || name === 'PENNYWORTH_LAUNCHED') continue;
    if (isServers(name) || (bedrock === 'simulator' && isCredential(name))) chosen[name] = value;
  }
  return chosen;
}
