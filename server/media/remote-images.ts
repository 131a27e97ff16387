import { lookup as lookUpAll } from 'node:dns/promises';
import type { IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { GatewayError, invalidRequest } from '../errors.ts';
import type { ImagePart, Message, ModelRequest, RemoteImagePart } from '../model/request.ts';
import { isPublicAddress } from './public-address.ts';
import { remoteImagesOf } from './remote-image-parts.ts';
import { sniffImage } from './sniff-image.ts';

const mostImages = 8;
const mostRedirects = 3;
const largestImageBytes = 5_000_000;
/** For all images of a request together, redirects included. */
const longestMs = 5_000;
const longestUrl = 2_048;

/** Every address of a host. */
type Lookup = (hostname: string) => Promise<readonly string[]>;

export interface RemoteImagesOptions {
  /** The operator's `remote_images`. */
  readonly isOn: boolean;
  readonly lookup?: Lookup;
  /** Opens the connection to the address that was checked. */
  readonly connect?: (options: ConnectionOptions) => TLSSocket;
}

/**
 * Fetches the images that a request names by address, so that models that take only bytes get them. A caller chooses
 * the address, so it is the way into whatever this machine can reach (SSRF): only https on port 443, only to public
 * addresses, resolved once and connected to as resolved, checked again at each redirect; no proxy, cookie or credential.
 */
export class RemoteImages {
  readonly #isOn: boolean;
  readonly #lookup: Lookup;
  readonly #connect: (options: ConnectionOptions) => TLSSocket;

  constructor({ isOn, lookup = lookUpPublicly, connect = connectTls }: RemoteImagesOptions) {
    this.#isOn = isOn;
    this.#lookup = lookup;
    this.#connect = connect;
  }

  /**
   * The request with its remote images as bytes; the request itself when it has none. The same address is fetched once.
   * @throws GatewayError 400 naming the part: switched off, too many, an address that is not allowed, no usable image
   */
  async load(request: ModelRequest): Promise<ModelRequest> {
    const parts = remoteImagesOf(request);
    const [first] = parts;
    if (first === undefined) return request;
    if (!this.#isOn) {
      const fault = 'images are not fetched from addresses here';
      throw refuse(first, fault, 'Send a data: URL, or ask the operator to set remote_images to true');
    }
    const surplus = parts[mostImages];
    if (surplus) throw refuse(surplus, `a request may name at most ${mostImages} images by address`);
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(longestMs)]);
    const fetched = new Map<string, Promise<Fetched>>();
    for (const part of parts) {
      if (!fetched.has(part.url)) fetched.set(part.url, this.#fetch(part, signal));
    }
    try {
      const images = await Promise.all([...fetched].map(async ([url, image]) => [url, await image] as const));
      return withImages(request, new Map(images));
    } finally {
      // One that failed ends the others.
      stop.abort();
    }
  }

  async #fetch(part: RemoteImagePart, signal: AbortSignal): Promise<Fetched> {
    try {
      const bytes = await this.#download(part, signal);
      const format = sniffImage(bytes);
      if (format === undefined) throw refuse(part, 'what is there is no PNG, JPEG, GIF or WebP');
      return { format, data: bytes.toString('base64') };
    } catch (error) {
      if (error instanceof GatewayError) throw error;
      // Nothing of the error itself is told: it may name addresses of this network.
      const timedOut = signal.aborted;
      throw refuse(part, timedOut ? `fetching took longer than ${longestMs / 1000} seconds` : 'it cannot be fetched');
    }
  }

  async #download(part: RemoteImagePart, signal: AbortSignal): Promise<Buffer> {
    let url = parseUrl(part.url, undefined, part);
    for (let redirects = 0; redirects <= mostRedirects; redirects++) {
      const response = await this.#get(url, await this.#resolve(url, part, signal), signal);
      const { statusCode: status = 0, headers } = response;
      if (status === 200) return await readBody(response, part);
      response.destroy();
      if (status < 300 || status > 399 || headers.location === undefined) {
        throw refuse(part, `its server answered with status ${status}`);
      }
      url = parseUrl(headers.location, url, part);
    }
    throw refuse(part, `it is redirected more than ${mostRedirects} times`);
  }

  /** The one address to connect to. A host that does not exist and one that is not public are told alike. */
  async #resolve({ hostname }: URL, part: RemoteImagePart, signal: AbortSignal): Promise<string> {
    const addresses = await untilAborted(
      this.#lookup(hostname).catch((): readonly string[] => []),
      signal,
    );
    const [address] = addresses;
    if (address !== undefined && addresses.every(isPublicAddress)) return address;
    throw refuse(part, 'its host is not on the public Internet');
  }

  #get(url: URL, address: string, signal: AbortSignal): Promise<IncomingMessage> {
    const { hostname } = url;
    return new Promise((resolve, reject) => {
      const request = requestHttps({
        signal,
        hostname,
        port: 443,
        defaultPort: 443,
        path: `${url.pathname}${url.search}`,
        headers: {
          accept: 'image/png,image/jpeg,image/gif,image/webp',
          'accept-encoding': 'identity',
          connection: 'close',
          'user-agent': 'pennyworth',
        },
        // Without an agent there is no proxy, and no connection of another caller's.
        createConnection: () =>
          this.#connect({ host: address, port: 443, servername: hostname, rejectUnauthorized: true }),
      });
      request.on('response', resolve).on('error', reject).end();
    });
  }
}

type Fetched = Pick<ImagePart, 'format' | 'data'>;

async function lookUpPublicly(hostname: string): Promise<readonly string[]> {
  // Lambda reaches IPv4 everywhere, IPv6 not.
  const found = await lookUpAll(hostname, { all: true, order: 'ipv4first' });
  return found.map(({ address }) => address);
}

function parseUrl(text: string, base: URL | undefined, part: RemoteImagePart): URL {
  const url = text.length <= longestUrl && URL.canParse(text, base?.href) ? new URL(text, base) : undefined;
  if (url === undefined) throw refuse(part, base ? 'it is redirected to what is no address' : 'is no address');
  const at = base ? 'it is redirected to an address that ' : '';
  if (url.protocol !== 'https:') throw refuse(part, `${at}does not begin with https:`);
  if (url.port !== '') throw refuse(part, `${at}names a port`);
  if (url.username !== '' || url.password !== '') throw refuse(part, `${at}holds a name or password`);
  // There is no name then that a certificate could be checked against.
  if (isIP(url.hostname.replace(/^\[(.*)\]$/, '$1')) !== 0) throw refuse(part, `${at}has a number for a host`);
  return url;
}

async function readBody(response: IncomingMessage, part: RemoteImagePart): Promise<Buffer> {
  const { 'content-encoding': encoding = 'identity', 'content-length': length } = response.headers;
  const tooLarge = () => refuse(part, `it has more than ${largestImageBytes} bytes`);
  try {
    // A small body could unpack to any size.
    if (encoding !== 'identity') throw refuse(part, 'its server sends it compressed');
    if (Number(length) > largestImageBytes) throw tooLarge();
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of response) {
      const bytes = Buffer.from(chunk);
      size += bytes.length;
      if (size > largestImageBytes) throw tooLarge();
      chunks.push(bytes);
    }
    return Buffer.concat(chunks);
  } finally {
    response.destroy();
  }
}

/** A lookup cannot be aborted; its answer is then no longer waited for. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}

function refuse(part: RemoteImagePart, fault: string, cure = 'Send the image as a data: URL instead'): GatewayError {
  return invalidRequest(`${part.path}: ${fault}. ${cure}.`, part.path, 'unsupported_content');
}

function withImages(request: ModelRequest, images: ReadonlyMap<string, Fetched>): ModelRequest {
  const replace = <T extends { readonly type: string }>(part: T | RemoteImagePart): T | ImagePart => {
    if (!isRemote(part)) return part;
    const image = images.get(part.url);
    if (image === undefined) throw new Error('an image of the request was not fetched');
    return { type: 'image', ...image, path: part.path, ...(part.cacheAfter && { cacheAfter: part.cacheAfter }) };
  };
  const messages = request.messages.map((message): Message => {
    if (message.role !== 'user') return message;
    return {
      role: 'user',
      content: message.content.map((part) =>
        part.type === 'tool-result' ? { ...part, content: part.content.map(replace) } : replace(part),
      ),
    };
  });
  return { ...request, messages };
}

function isRemote(part: { readonly type: string }): part is RemoteImagePart {
  return part.type === 'remote-image';
}
