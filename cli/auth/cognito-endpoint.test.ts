import { test } from 'vitest';
import type { Version } from '../../shared/api/version.ts';
import { ConfigError } from '../errors.ts';
import { cognitoEndpointOf } from './cognito-endpoint.ts';

const version: Version = {
  name: 'pennyworth',
  version: '1.0.0',
  git_sha: null,
  region: 'us-west-2',
  user_pool_id: 'us-west-2_AbC123',
  client_id: 'client1',
  cognito_endpoint: null,
  mcp_client_id: null,
};

test.for([
  [{}, 'https://cognito-idp.us-west-2.amazonaws.com/'],
  [{ region: 'cn-north-1', user_pool_id: 'cn-north-1_A' }, 'https://cognito-idp.cn-north-1.amazonaws.com.cn/'],
  [{ region: 'us-gov-west-1', user_pool_id: 'us-gov-west-1_A' }, 'https://cognito-idp.us-gov-west-1.amazonaws.com/'],
  [
    { cognito_endpoint: 'https://cognito-idp-fips.us-west-2.amazonaws.com' },
    'https://cognito-idp-fips.us-west-2.amazonaws.com/',
  ],
  [{ cognito_endpoint: 'http://127.0.0.1:9229' }, 'http://127.0.0.1:9229/'],
  [{ cognito_endpoint: 'http://localhost:9229/' }, 'http://localhost:9229/'],
  [{ cognito_endpoint: 'http://[::1]:9229/' }, 'http://[::1]:9229/'],
] as const)('%j signs in at %s', ([change, endpoint], { expect }) => {
  expect(cognitoEndpointOf({ ...version, ...change })).toBe(endpoint);
});

test.for([
  { cognito_endpoint: 'https://evil.example.com' },
  { cognito_endpoint: 'https://cognito-idp.us-east-1.amazonaws.com' },
  { cognito_endpoint: 'http://cognito-idp.us-west-2.amazonaws.com' },
  { cognito_endpoint: 'https://cognito-idp.us-west-2.amazonaws.com.evil.example' },
  { cognito_endpoint: 'https://cognito-idp.us-west-2.amazonaws.com@evil.example' },
  { cognito_endpoint: 'http://127.0.0.1.evil.example' },
  { cognito_endpoint: 'http://x@127.0.0.1' },
  { cognito_endpoint: 'file://localhost/etc' },
  { cognito_endpoint: '' },
  { region: 'evil.example/', user_pool_id: 'evil.example/_A' },
  { region: 'us-west-2', user_pool_id: 'us-east-1_A' },
])('%j is not followed', (change, { expect }) => {
  expect(() => cognitoEndpointOf({ ...version, ...change })).toThrow(ConfigError);
});
