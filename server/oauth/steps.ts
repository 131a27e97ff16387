import type { HttpResponse } from '../http.ts';
import type { RouteCall } from '../route.ts';
import { decideAuthorization, finishAuthorization, startAuthorization } from './authorize.ts';
import { flowOf } from './flow.ts';
import { answerOAuth } from './oauth-error.ts';
import { registerClient } from './register.ts';
import { issueToken, revokeToken } from './token.ts';

// What the rows of routes/oauth.ts do, loaded with the first sign-in.

type Step = (call: RouteCall) => Promise<HttpResponse>;

export const register: Step = ({ request, context }) => answerOAuth(() => registerClient(request, context));
export const start: Step = async ({ request, context }) => startAuthorization(await flowOf(request, context));
export const decide: Step = async ({ request, context }) => decideAuthorization(await flowOf(request, context));
export const finish: Step = async ({ request, context }) => finishAuthorization(await flowOf(request, context));
export const token: Step = ({ request, context }) => answerOAuth(() => issueToken(request, context));
export const revoke: Step = ({ request, context }) => answerOAuth(() => revokeToken(request, context));
