import { once } from 'node:events';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { toNetworkError } from '../api/failure.ts';
import { isLoopback } from '../config/gateway-url.ts';
import type { Environment } from '../io.ts';
import { CheckFailure, type Found } from './check-list.ts';

const dayMs = 86_400_000;
/** ACM renews a certificate weeks before its end (ACM user guide, "Managed certificate renewal"): this late it has failed. */
const warnBelowDays = 14;

/** Whether requests go through a proxy, so that what a socket of our own sees says nothing. */
export function hasProxy(env: Environment, url: string): boolean {
  const names = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'];
  return !isLoopback(new URL(url).hostname) && names.some((name) => env[name]);
}

function placeOf(url: URL): { host: string; port: number } {
  const defaultPort = url.protocol === 'https:' ? 443 : 80;
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || defaultPort) };
}

/** @throws UpstreamError by what kept it from connecting */
async function whenConnected(socket: Socket, event: string, url: string, timeoutMs: number): Promise<void> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    await once(socket, event, { signal });
  } catch (error) {
    socket.destroy();
    throw toNetworkError(signal.aborted ? signal.reason : error, url, timeoutMs);
  }
}

/** Whether something listens at the address. */
export async function checkReachable(url: string, timeoutMs: number): Promise<Found<string>> {
  const { host, port } = placeOf(new URL(url));
  const startedAt = performance.now();
  const socket = connect({ host, port });
  await whenConnected(socket, 'connect', url, timeoutMs);
  const address = socket.remoteAddress ?? host;
  socket.destroy();
  const tookMs = Math.round(performance.now() - startedAt);
  return { message: `${address} port ${port} answers in ${tookMs} ms`, value: url, details: { address, port } };
}

/** What was seen of a server's certificate. */
export interface Certificate {
  /** Node's word for what is wrong with it; null when it is trusted. */
  readonly error: string | null;
  /** As OpenSSL writes it: `Nov 21 12:00:00 2026 GMT`. */
  readonly validTo: string;
  readonly protocol: string | null;
}

/** The certificate at an https address; plain http on this machine needs none. */
export async function checkTls(url: string, timeoutMs: number, now: number): Promise<Found<string>> {
  const target = new URL(url);
  if (target.protocol === 'http:') return { message: 'plain http on this machine needs no certificate', value: url };
  const { host, port } = placeOf(target);
  // It is looked at even if it is not trusted, to say why; nothing is sent over this connection.
  const named = isIP(host) === 0 ? { servername: host } : {};
  const socket = connectTls({ host, port, ...named, rejectUnauthorized: false });
  await whenConnected(socket, 'secureConnect', url, timeoutMs);
  const { valid_to: validTo } = socket.getPeerCertificate();
  const error = socket.authorized ? null : wordOf(socket.authorizationError);
  const protocol = socket.getProtocol();
  socket.destroy();
  return { ...judgeCertificate({ error, validTo, protocol }, now), value: url };
}

/** Node's types say Error, its servers say the code alone. */
function wordOf(error: unknown): string {
  if (error instanceof Error) return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
  return String(error);
}

/** `now` in ms since the epoch. @throws CheckFailure when clients will refuse it */
export function judgeCertificate({ error, validTo, protocol }: Certificate, now: number): Found<null> {
  const days = Math.floor((Date.parse(validTo) - now) / dayMs);
  const details = { days_left: days, valid_to: new Date(validTo).toISOString(), protocol };
  if (error === 'CERT_HAS_EXPIRED') {
    const next = 'renew it; ACM does so by itself as long as its DNS record for validation stands';
    throw new CheckFailure(`the certificate expired on ${details.valid_to.slice(0, 10)}`, next, details);
  }
  if (error === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const next = 'give BaseDomain and AcmCertificateArn that belong together, or use the address of the output ApiUrl';
    throw new CheckFailure('the certificate is for another name', next, details);
  }
  if (error !== null) {
    const next = 'use a certificate of ACM; for an authority of your own set NODE_EXTRA_CA_CERTS to its file';
    throw new CheckFailure(`the certificate is not trusted (${error})`, next, details);
  }
  const message = `the certificate is trusted and holds for ${days} more ${days === 1 ? 'day' : 'days'}`;
  if (days >= warnBelowDays) return { message, value: null, details };
  return { message, value: null, details, next: 'see in ACM why it was not renewed: its DNS record is often missing' };
}
