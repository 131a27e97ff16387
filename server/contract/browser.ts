/** A page that a person would look at, with the one form it may have. */
export interface Page {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Where a browser was sent that is not ours to follow: the program's own address. */
export type Landing = { readonly page: Page } | { readonly left: URL };

/** As much of a browser as a sign-in needs: it keeps cookies by host name (ports share them), follows redirects, posts forms. */
export class Browser {
  readonly #cookies = new Map<string, Map<string, string>>();
  readonly #followed: readonly string[];

  /** @param followed origins whose pages are looked at; a redirect to any other ends the way */
  constructor(followed: readonly string[]) {
    this.#followed = followed;
  }

  async open(url: string | URL, init: RequestInit = {}): Promise<Landing> {
    let next = new URL(url);
    let request = init;
    for (;;) {
      if (!this.#followed.includes(next.origin)) return { left: next };
      const headers = new Headers(request.headers);
      headers.set('cookie', this.#cookieFor(next));
      const response = await fetch(next, { ...request, headers, redirect: 'manual' });
      this.#keepCookies(next, response.headers);
      const text = await response.text();
      const location = response.headers.get('location');
      if (location === null)
        return { page: { url: next.href, status: response.status, headers: response.headers, text } };
      next = new URL(location, next);
      request = {};
    }
  }

  async page(url: string | URL): Promise<Page> {
    return pageOf(await this.open(url));
  }

  /** Posts the page's form with its hidden fields and what the person put in. */
  submit(page: Page, input: Readonly<Record<string, string>>): Promise<Landing> {
    const fields: Record<string, string> = {};
    for (const [tag] of page.text.matchAll(/<input type="hidden"[^>]*>/g)) {
      fields[attribute(tag, 'name')] = attribute(tag, 'value');
    }
    const form = /<form [^>]*>/.exec(page.text)?.[0];
    if (form === undefined) throw new Error(`there is no form on ${page.url}: ${page.text}`);
    const action = new URL(attribute(form, 'action'), page.url);
    const { origin } = new URL(page.url);
    const site = action.origin === origin ? 'same-origin' : 'cross-site';
    const body = new URLSearchParams({ ...fields, ...input });
    const target = attribute(form, 'action') === '' ? page.url : action;
    return this.open(target, { method: 'POST', body, headers: { origin, 'sec-fetch-site': site } });
  }

  #cookieFor({ hostname }: URL): string {
    return [...(this.#cookies.get(hostname) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  #keepCookies({ hostname }: URL, headers: Headers): void {
    const kept = this.#cookies.get(hostname) ?? new Map<string, string>();
    this.#cookies.set(hostname, kept);
    for (const line of headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      kept.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
  }
}

export function pageOf(landing: Landing): Page {
  if ('page' in landing) return landing.page;
  throw new Error(`the browser was sent to ${landing.left.href}`);
}

export function leftTo(landing: Landing): URL {
  if ('left' in landing) return landing.left;
  throw new Error(`the browser stays on ${landing.page.url}: ${landing.page.text}`);
}

function attribute(tag: string, name: string): string {
  const value = new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? '';
  return value.replace(/&(amp|lt|gt|quot|#39);/g, (entity) => entities[entity] ?? entity);
}

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};
