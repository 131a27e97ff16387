import * as z from 'zod/mini';
import type { Clock } from '../clock.ts';
import { createSealer } from '../stored/sealing.ts';

// Nothing of a sign-in is stored: what the next step must know travels with the browser, sealed by the root secret.

/** What a client asked for, from the first page to its token. */
const asked = {
  redirectUri: z.string(),
  /** PKCE, of the client's own verifier. */
  challenge: z.string(),
  state: z.optional(z.string()),
};

/** With the digest of what the browser's cookie holds: steps that belong to one browser are good in no other. */
const Consent = z.object({ ...asked, browser: z.string() });
/** With our own PKCE verifier. */
const State = z.object({ ...Consent.shape, verifier: z.string() });
/** With the code that Cognito gave. */
const Code = z.object({ ...asked, verifier: z.string(), code: z.string() });

/** One kind of sealed text. */
interface TicketKind<Content> {
  /** Base64url; good for minutes. */
  seal(content: Content): string;
  /** Undefined when it is not ours, of another kind or address, changed, or no longer good. */
  open(text: string): Content | undefined;
}

export interface Tickets {
  /** In the page that asks for consent. */
  readonly consent: TicketKind<z.infer<typeof Consent>>;
  /** `state` at Cognito: consent was given. */
  readonly state: TicketKind<z.infer<typeof State>>;
  /** The code that a client gets. */
  readonly code: TicketKind<z.infer<typeof Code>>;
}

const minuteMs = 60_000;

/** @param issuer what is sealed at one address opens at no other */
export function createTickets(sealingKey: Uint8Array, issuer: string, clock: Clock): Tickets {
  const kindOf = <Content>(kind: string, minutes: number, schema: z.ZodMiniType<Content>): TicketKind<Content> => {
    const sealer = createSealer(sealingKey, 'oauth', issuer, [kind]);
    const Sealed = z.object({ until: z.number(), content: schema });
    return {
      seal(content) {
        const until = clock.now() + minutes * minuteMs;
        return sealer.seal(JSON.stringify({ until, content })).toString('base64url');
      },
      open(text) {
        const opened = sealer.unseal(Buffer.from(text, 'base64url'));
        if (opened === undefined) return undefined;
        // Another version of the gateway may have sealed it in another form.
        const { data } = Sealed.safeParse(JSON.parse(opened.toString('utf8')));
        return data && clock.now() < data.until ? data.content : undefined;
      },
    };
  };
  // A code lives for five minutes at Cognito too.
  return { consent: kindOf('consent', 10, Consent), state: kindOf('state', 10, State), code: kindOf('code', 5, Code) };
}
