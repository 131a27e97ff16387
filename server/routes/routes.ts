import type { Route } from '../route.ts';
import { audit } from './audit.ts';
import { chatCompletions } from './chat-completions.ts';
import { completions } from './completions.ts';
import { countTokens } from './count-tokens.ts';
import { groupRoutes } from './groups.ts';
import { keyRoutes } from './keys.ts';
import { mcp } from './mcp.ts';
import { me } from './me.ts';
import { messages } from './messages.ts';
import { modelRoutes } from './models.ts';
import { oauthRoutes } from './oauth.ts';
import { openapiRoute } from './openapi.ts';
import { responses } from './responses.ts';
import { storedResponseRoutes } from './stored-responses.ts';
import { usageRoutes } from './usage.ts';
import { userRoutes } from './users.ts';
import { hello, version } from './version.ts';

/** The whole route table. The router, the OpenAPI document and the tests over all routes read this one list. */
export const routes: readonly Route[] = [
  hello,
  version,
  openapiRoute(() => routes),
  chatCompletions,
  messages,
  countTokens,
  responses,
  ...storedResponseRoutes,
  completions,
  ...oauthRoutes,
  ...modelRoutes,
  me,
  ...keyRoutes,
  ...userRoutes,
  ...groupRoutes,
  ...usageRoutes,
  audit,
  mcp,
];
