type Environment = Readonly<Record<string, string | undefined>>;

/** The services of the hot path: how each is named in host names, in signatures and in AWS_ENDPOINT_URL_* variables. */
const services = {
  'bedrock-runtime': { signingName: 'bedrock', variable: 'BEDROCK_RUNTIME' },
  'cognito-idp': { signingName: 'cognito-idp', variable: 'COGNITO_IDENTITY_PROVIDER' },
  dynamodb: { signingName: 'dynamodb', variable: 'DYNAMODB' },
  ssm: { signingName: 'ssm', variable: 'SSM' },
} as const;

export type AwsService = keyof typeof services;

export interface Endpoint {
  readonly secure: boolean;
  readonly hostname: string;
  /** Absent: the scheme's own. */
  readonly port: number | undefined;
  /** The `Host` header: the port is in it only where it is not the scheme's own. */
  readonly host: string;
  /** Put before every path; without a slash at its end, so mostly empty. */
  readonly basePath: string;
}

/** The name a service has in the credential scope of a signature. */
export function signingNameOf(service: AwsService): string {
  return services[service].signingName;
}

/** Where the gateway works: AWS_REGION, then AWS_DEFAULT_REGION, then us-west-2. */
export function regionOf(environment: Environment): string {
  return environment['AWS_REGION'] || environment['AWS_DEFAULT_REGION'] || 'us-west-2';
}

/**
 * AWS_ENDPOINT_URL_<SERVICE>, then AWS_ENDPOINT_URL (neither under AWS_IGNORE_CONFIGURED_ENDPOINT_URLS), then the
 * region's own address, with AWS_USE_FIPS_ENDPOINT its FIPS one.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 * @throws Error naming the variable when a URL or the region cannot be used.
 */
export function resolveEndpoint(service: AwsService, region: string, environment: Environment): Endpoint {
  return configuredEndpoint(service, environment) ?? regionalEndpoint(service, region, environment);
}

function configuredEndpoint(service: AwsService, environment: Environment): Endpoint | undefined {
  if (isTrue(environment['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'])) return undefined;
  for (const name of [`AWS_ENDPOINT_URL_${services[service].variable}`, 'AWS_ENDPOINT_URL']) {
    const value = environment[name];
    if (value) return parseEndpoint(name, value);
  }
  return undefined;
}

function parseEndpoint(name: string, value: string): Endpoint {
  const url = URL.parse(value);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new Error(`${name} is not a URL that starts with http:// or https://. Correct it or remove it.`);
  }
  if (url.search !== '' || url.hash !== '' || url.username !== '') {
    throw new Error(`${name} has a query, a fragment or a user name in it. Give scheme, host, port and path only.`);
  }
  return {
    secure: url.protocol === 'https:',
    // An IPv6 address stands in brackets in a URL and in the Host header, but not where a socket is opened.
    hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? undefined : Number(url.port),
    host: url.host,
    basePath: url.pathname.replace(/\/+$/, ''),
  };
}

function regionalEndpoint(service: AwsService, region: string, environment: Environment): Endpoint {
  if (!/^[a-z]{2,4}(-[a-z]+)+-\d+$/.test(region)) {
    throw new Error(`AWS_REGION is ${JSON.stringify(region)}, which is not the name of a region like us-west-2.`);
  }
  const fips = isTrue(environment['AWS_USE_FIPS_ENDPOINT']) && !isAlreadyFips(service, region);
  const hostname = `${service}${fips ? '-fips' : ''}.${region}.${domainOf(region)}`;
  return { secure: true, hostname, port: undefined, host: hostname, basePath: '' };
}

/** In GovCloud the plain addresses of these two are the FIPS ones; the others have a name with `-fips` there too. */
function isAlreadyFips(service: AwsService, region: string): boolean {
  return region.startsWith('us-gov-') && (service === 'dynamodb' || service === 'ssm');
}

/** Partitions aws and aws-us-gov share a domain; aws-cn and the European sovereign cloud have their own. */
function domainOf(region: string): string {
  if (region.startsWith('cn-')) return 'amazonaws.com.cn';
  if (region.startsWith('eusc-')) return 'amazonaws.eu';
  return 'amazonaws.com';
}

function isTrue(value: string | undefined): boolean {
  return value?.toLowerCase() === 'true';
}
