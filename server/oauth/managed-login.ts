import * as z from 'zod/mini';
import { type Logger, reasonOf } from '../observe/logger.ts';
import type { OAuth } from './deployment.ts';
import { OAuthError } from './oauth-error.ts';

const timeoutMs = 10_000;
const largestAnswerBytes = 100_000;

const Tokens = z.object({
  access_token: z.string(),
  expires_in: z.number(),
  refresh_token: z.optional(z.string()),
});
export type LoginTokens = z.infer<typeof Tokens>;
const Refusal = z.object({ error: z.string() });

/** The server-to-server half of Cognito's managed login. */
export interface ManagedLogin {
  /** @throws OAuthError `invalid_grant` when the code or refresh token is not, or no longer, good; 503 otherwise */
  tokens(parameters: Readonly<Record<string, string>>): Promise<LoginTokens>;
  /**
   * Ends a sign-in: its refresh token, here and at Cognito's own GetTokensFromRefreshToken. Access tokens are known by
   * their signature alone and live on to the end of their hour. @throws OAuthError
   */
  revoke(token: string): Promise<void>;
}

/** https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html and revocation-endpoint.html */
export function createManagedLogin({ clientId, loginUrl }: OAuth, logger: Logger): ManagedLogin {
  const post = async (path: string, parameters: Readonly<Record<string, string>>) => {
    try {
      const response = await fetch(`${loginUrl}${path}`, {
        method: 'POST',
        body: new URLSearchParams({ ...parameters, client_id: clientId }),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      const text = await response.text();
      if (text.length > largestAnswerBytes) throw new Error(`${text.length} characters`);
      return { ok: response.ok, status: response.status, body: text === '' ? {} : parse(text) };
    } catch (error) {
      throw unreachable(reasonOf(error));
    }
  };
  /** The log has why; a client could do nothing with it. */
  const unreachable = (cause: string) => {
    logger.error('login_unavailable', { cause });
    return new OAuthError('temporarily_unavailable', 'The sign-in service does not answer. Try again.', 503);
  };
  const refusalOf = (answer: { readonly status: number; readonly body: unknown }) => {
    const refused = Refusal.safeParse(answer.body);
    return refused.success ? refused.data.error : `status ${answer.status}`;
  };
  return {
    async tokens(parameters) {
      const answer = await post('/oauth2/token', parameters);
      if (answer.ok) {
        const tokens = Tokens.safeParse(answer.body);
        if (tokens.success) return tokens.data;
        throw unreachable('an answer without a token');
      }
      const refusal = refusalOf(answer);
      if (refusal !== 'invalid_grant') throw unreachable(refusal);
      throw new OAuthError('invalid_grant', 'This is used up, has expired or was revoked. Sign in again.');
    },
    async revoke(token) {
      const answer = await post('/oauth2/revoke', { token });
      if (answer.ok) return;
      const refusal = refusalOf(answer);
      if (refusal === 'unsupported_token_type') {
        throw new OAuthError(
          'unsupported_token_type',
          'token: only refresh tokens can be revoked; access tokens end after an hour.',
        );
      }
      // An invented token has nothing that could be revoked, which is what the client wanted (RFC 7009 §2.2).
      if (refusal !== 'invalid_request' && refusal !== 'invalid_grant') throw unreachable(refusal);
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
