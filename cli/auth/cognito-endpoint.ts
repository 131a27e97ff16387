import type { Version } from '../../shared/api/version.ts';
import { isLoopback } from '../config/gateway-url.ts';
import { ConfigError } from '../errors.ts';

/** AWS General Reference, "Amazon Cognito Identity endpoints": China has a domain of its own, FIPS its own host. */
function regionAddresses(region: string): readonly string[] {
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return [`https://cognito-idp.${region}.${domain}`, `https://cognito-idp-fips.${region}.${domain}`];
}

/**
 * Where a gateway's people sign in. A gateway that is not honest could name an own address and collect what is sent
 * there, so besides the region's Cognito only this machine is followed.
 * @throws ConfigError for any other address, and for a region or pool that cannot be one
 */
export function cognitoEndpointOf(version: Version): string {
  const { region, user_pool_id: pool, cognito_endpoint: named } = version;
  if (!/^[a-z]{2}(?:-[a-z]+)+-\d{1,2}$/.test(region) || !new RegExp(`^${region}_[A-Za-z0-9]+$`).test(pool)) {
    throw refusal(`its region "${region}" and user pool "${pool}" do not fit together`);
  }
  const [usual = '', fips = ''] = regionAddresses(region);
  if (named === null) return `${usual}/`;
  const url = URL.canParse(named) ? new URL(named) : undefined;
  const isKnown = url !== undefined && (url.origin === usual || url.origin === fips);
  const isLocal = url !== undefined && /^https?:$/.test(url.protocol) && isLoopback(url.hostname);
  if (url === undefined || !(isKnown || isLocal) || url.username !== '' || url.password !== '') {
    throw refusal(`it names "${named}" for signing in, which is neither Cognito nor this machine`);
  }
  return url.href;
}

function refusal(why: string): ConfigError {
  return new ConfigError(`this gateway cannot be trusted with a sign-in: ${why}`, {
    hint: 'check the address; ask the operator of the gateway',
  });
}
