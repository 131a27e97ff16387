import { ConfigError } from '../errors.ts';

/** Whether a host name (as URL writes it) is this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

function refusal(text: string, why: string): ConfigError {
  const shown = text.replace(/\/\/[^/]*@/, '//');
  return new ConfigError(`"${shown}" cannot be the address of a gateway: ${why}`, {
    hint: 'give it as https://host, for example: pennyworth login https://abc123.example.com',
  });
}

/**
 * The address of a gateway as it is kept: without `/v1`, without a slash at its end. Without a scheme it is https, on
 * this machine http.
 * @throws ConfigError unless it is https, or http on this machine: sign-ins and keys travel over it
 */
export function parseGatewayUrl(text: string): string {
  const trimmed = text.trim();
  const withScheme = trimmed.includes('://') ? trimmed : `https://${trimmed}`;
  if (!URL.canParse(withScheme)) throw refusal(text, 'it is not a URL');
  const url = new URL(withScheme);
  const isLocal = isLoopback(url.hostname);
  if (!trimmed.includes('://') && isLocal) url.protocol = 'http:';
  if (url.username !== '' || url.password !== '') throw refusal(text, 'it must not hold a name or a password');
  if (url.search !== '' || url.hash !== '') throw refusal(text, 'it must not have a query or a fragment');
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLocal)) {
    throw refusal(text, 'only https is safe to another machine');
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '').replace(/\/v1$/, '')}`;
}
