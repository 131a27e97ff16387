import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SSMClient } from '@aws-sdk/client-ssm';
import { describe, expect, test } from 'vitest';
import { type AwsService, regionOf, resolveEndpoint } from './endpoints.ts';

const configuration = { region: 'us-west-2', credentials: { accessKeyId: 'a', secretAccessKey: 's' } };
// The SDK's own endpoint rules are the oracle for the regions' addresses.
const rules = {
  'bedrock-runtime': new BedrockRuntimeClient(configuration).config.endpointProvider,
  'cognito-idp': new CognitoIdentityProviderClient(configuration).config.endpointProvider,
  dynamodb: new DynamoDBClient(configuration).config.endpointProvider,
  ssm: new SSMClient(configuration).config.endpointProvider,
} as const;
const services: AwsService[] = ['bedrock-runtime', 'cognito-idp', 'dynamodb', 'ssm'];
const regions = [
  'us-east-1',
  'us-west-2',
  'ca-central-1',
  'ap-southeast-7',
  'cn-north-1',
  'us-gov-west-1',
  'us-gov-east-1',
  'eusc-de-east-1',
];

describe.for(services)('the addresses of %s', (service) => {
  test.for(regions)('in %s are those of the SDK, FIPS or not', (region, { expect }) => {
    for (const fips of [false, true]) {
      const { url } = rules[service]({ Region: region, UseFIPS: fips, UseDualStack: false });
      const endpoint = resolveEndpoint(service, region, fips ? { AWS_USE_FIPS_ENDPOINT: 'true' } : {});
      expect(endpoint).toEqual({ secure: true, hostname: url.hostname, port: undefined, host: url.host, basePath: '' });
    }
  });
});

const own = 'http://127.0.0.1:4000';
const general = 'https://aws.example.com/base/';

test.for([
  ['the service’s own variable', { AWS_ENDPOINT_URL_DYNAMODB: own }, own],
  ['the service’s own before the general one', { AWS_ENDPOINT_URL_DYNAMODB: own, AWS_ENDPOINT_URL: general }, own],
  ['the general one', { AWS_ENDPOINT_URL: general, AWS_ENDPOINT_URL_SSM: own }, 'https://aws.example.com/base'],
  [
    'the region’s when the variable is empty',
    { AWS_ENDPOINT_URL_DYNAMODB: '' },
    'https://dynamodb.us-west-2.amazonaws.com',
  ],
  [
    'the region’s when configured ones are to be ignored',
    { AWS_ENDPOINT_URL_DYNAMODB: own, AWS_ENDPOINT_URL: general, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' },
    'https://dynamodb.us-west-2.amazonaws.com',
  ],
  ['a configured one even with FIPS', { AWS_ENDPOINT_URL: own, AWS_USE_FIPS_ENDPOINT: 'true' }, own],
] as const)('DynamoDB is found at %s', ([, environment, url], { expect }) => {
  const { secure, host, basePath } = resolveEndpoint('dynamodb', 'us-west-2', environment);
  expect(`http${secure ? 's' : ''}://${host}${basePath}`).toBe(url);
});

test.for([
  ['bedrock-runtime', 'AWS_ENDPOINT_URL_BEDROCK_RUNTIME'],
  ['cognito-idp', 'AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER'],
  ['dynamodb', 'AWS_ENDPOINT_URL_DYNAMODB'],
  ['ssm', 'AWS_ENDPOINT_URL_SSM'],
] as const)('%s listens to %s', ([service, variable], { expect }) => {
  expect(resolveEndpoint(service, 'us-west-2', { [variable]: 'http://[::1]:81/a/b/' })).toEqual({
    secure: false,
    hostname: '::1',
    port: 81,
    host: '[::1]:81',
    basePath: '/a/b',
  });
});

test.for(['127.0.0.1:4000', 'ftp://127.0.0.1', 'http://', 'http://host/?a=b', 'http://user@host/'])(
  'the URL %s is refused by the name of its variable',
  (url, { expect }) => {
    const environment = { AWS_ENDPOINT_URL_SSM: url };
    expect(() => resolveEndpoint('ssm', 'us-west-2', environment)).toThrow(/^AWS_ENDPOINT_URL_SSM /);
  },
);

test.for(['', 'mars', 'us-west-2.evil.example/', 'US-WEST-2'])('the region %j is refused', (region, { expect }) => {
  expect(() => resolveEndpoint('ssm', region, {})).toThrow(/^AWS_REGION /);
});

test('the region is AWS_REGION, then AWS_DEFAULT_REGION, then us-west-2', () => {
  expect([
    regionOf({ AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-2' }),
    regionOf({ AWS_REGION: '', AWS_DEFAULT_REGION: 'eu-west-2' }),
    regionOf({}),
  ]).toEqual(['eu-west-1', 'eu-west-2', 'us-west-2']);
});
