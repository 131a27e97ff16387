import type { Version } from '../../shared/api/version.ts';
import { type Answer, answer, type ScriptedGateway } from './gateway.ts';
import { testNow } from './terminal.ts';

// Answers of a Cognito that believes every password: for what comes after it. Genuine SRP is tested end to end.

const jwt = (claims: object) =>
  ['{"alg":"none"}', JSON.stringify(claims), ''].map((part) => Buffer.from(part).toString('base64url')).join('.');

const seconds = testNow / 1000;
export const scriptedTokens = {
  AccessToken: jwt({ username: 'ada-1', iat: seconds, exp: seconds + 3600 }),
  IdToken: jwt({ iat: seconds, exp: seconds + 3600 }),
  RefreshToken: 'refresh-after-sign-in',
  ExpiresIn: 3600,
};

export const fault = (name: string, message = 'Oh'): Answer => answer(400, { __type: name, message });
export const challenge = (ChallengeName: string, ChallengeParameters: Readonly<Record<string, string>> = {}): Answer =>
  answer(200, { ChallengeName, ChallengeParameters, Session: `session-of-${ChallengeName}` });
export const signedIn: Answer = answer(200, { AuthenticationResult: scriptedTokens });
export const newPasswordChallenge = challenge('NEW_PASSWORD_REQUIRED', {
  userAttributes: '{}',
  requiredAttributes: '[]',
});

/** What a gateway says whose people sign in there. */
export function versionAt(cognitoEndpoint: string): Version {
  return {
    name: 'pennyworth',
    version: '1.2.0',
    git_sha: null,
    region: 'us-west-2',
    user_pool_id: 'us-west-2_AbC123',
    client_id: 'client1',
    cognito_endpoint: cognitoEndpoint,
    mcp_client_id: null,
  };
}

/** Each answer to a challenge gets the next reply in line, that to the password first. */
export function scriptSignIn(gateway: ScriptedGateway, replies: readonly Answer[]): void {
  gateway.on('GET /v1/version', answer(200, versionAt(gateway.url)));
  const srp = { SALT: 'ab12', SECRET_BLOCK: 'c2VjcmV0', SRP_B: '5'.repeat(700), USERNAME: 'ada-1' };
  gateway.on('InitiateAuth', challenge('PASSWORD_VERIFIER', { ...srp, USER_ID_FOR_SRP: 'ada-1' }));
  const left = [...replies];
  gateway.on('RespondToAuthChallenge', (request, response) => {
    const reply = left.shift() ?? fault('TestException', 'no reply is left');
    reply(request, response);
  });
}

/** What was answered to challenges, in order. */
export function challengeAnswers(gateway: ScriptedGateway): { name: unknown; responses: Record<string, unknown> }[] {
  return gateway.received
    .map((request) => Object(request.body))
    .filter((body) => body.ChallengeName !== undefined)
    .map((body) => ({ name: body.ChallengeName, responses: body.ChallengeResponses }));
}
