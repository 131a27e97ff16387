import type { Access } from '../auth/authorize.ts';

// Who may do what, written down a second time, by hand: the matrix of access.test.ts holds the route table to it. A new
// route, or a new field of a body, fails there until somebody has decided here who may have it.

export const callers = [
  'nobody',
  'key with inference',
  'key with usage',
  'key with mcp',
  'service key',
  'person',
  'team mate',
  'auditor',
  'admin without MFA',
  'admin',
  'disabled person',
  'key of a disabled person',
] as const;
export type CallerName = (typeof callers)[number];

const keysWithInference: readonly CallerName[] = ['key with inference', 'service key'];
const signedIn: readonly CallerName[] = ['person', 'team mate', 'auditor', 'admin without MFA', 'admin'];

/** Callers that get past the door of a route, by what its row says of access. */
export const admitted: Readonly<Record<Access, readonly CallerName[]>> = {
  anyone: callers,
  inference: [...keysWithInference, ...signedIn],
  usage: ['key with usage', ...signedIn],
  mcp: ['key with mcp', 'service key', ...signedIn],
  self: signedIn,
  auditor: ['auditor', 'admin'],
  admin: ['admin'],
};

export interface RouteExpectation {
  readonly access: Access;
  /** Fields of the body that may be set; absent: the route takes none, or one of OpenAI's, Anthropic's or MCP's. */
  readonly fields?: readonly string[];
  /** One that is right, where a wrong one would be refused before it is looked whose the thing is. */
  readonly body?: object;
  /** What the path names: one's own thing only, or anybody's for whoever is admitted. */
  readonly target?: 'own key' | 'own response' | 'any user' | 'any group' | 'any member' | 'model';
}

const keySettings = [
  'name',
  'scopes',
  'models',
  'mcp_tools',
  'expires_in',
  'expires_at',
  'budgets',
  'rpm',
  'tpm',
  'concurrency',
  'team',
];

export const expectations: Readonly<Record<string, RouteExpectation>> = {
  'GET /v1/hello': { access: 'anyone' },
  'POST /mcp': { access: 'mcp' },
  'GET /v1/version': { access: 'anyone' },
  'GET /openapi.json': { access: 'anyone' },
  'GET /.well-known/oauth-protected-resource': { access: 'anyone' },
  'GET /.well-known/oauth-protected-resource/mcp': { access: 'anyone' },
  'GET /.well-known/oauth-authorization-server': { access: 'anyone' },
  'GET /.well-known/openid-configuration': { access: 'anyone' },
  'POST /oauth/register': { access: 'anyone' },
  'GET /oauth/authorize': { access: 'anyone' },
  'POST /oauth/authorize': { access: 'anyone' },
  'GET /oauth/callback': { access: 'anyone' },
  'POST /oauth/token': { access: 'anyone' },
  'POST /oauth/revoke': { access: 'anyone' },
  'POST /v1/chat/completions': { access: 'inference' },
  'POST /v1/messages': { access: 'inference' },
  'POST /v1/messages/count_tokens': { access: 'inference' },
  'POST /v1/responses': { access: 'inference' },
  'GET /v1/responses/:id': { access: 'inference', target: 'own response' },
  'DELETE /v1/responses/:id': { access: 'inference', target: 'own response' },
  'POST /v1/responses/:id/cancel': { access: 'inference', target: 'own response' },
  'GET /v1/responses/:id/input_items': { access: 'inference', target: 'own response' },
  'POST /v1/completions': { access: 'inference' },
  'GET /v1/models': { access: 'inference' },
  'GET /v1/models/:id{.+}': { access: 'inference', target: 'model' },
  'GET /v1/me': { access: 'self' },
  'POST /v1/keys': {
    access: 'self',
    fields: [...keySettings, 'user_id'],
  },
  'GET /v1/keys': { access: 'self' },
  'POST /v1/keys/revoke-leaked': { access: 'self', fields: ['key'] },
  'GET /v1/keys/export': { access: 'admin' },
  'POST /v1/keys/import': { access: 'admin', fields: ['keys', 'on_conflict', 'dry_run'] },
  'PATCH /v1/keys/:id': { access: 'self', target: 'own key', fields: keySettings, body: { name: 'x' } },
  'POST /v1/keys/:id/rotate': { access: 'self', target: 'own key', fields: ['overlap'], body: {} },
  'GET /v1/keys/:id': { access: 'self', target: 'own key' },
  'DELETE /v1/keys/:id': { access: 'self', target: 'own key' },
  'GET /v1/audit': { access: 'self' },
  'GET /v1/usage': { access: 'usage' },
  'GET /v1/usage/calls': { access: 'usage' },
  'GET /v1/usage/verify': { access: 'auditor' },
  'GET /v1/usage/reconcile': { access: 'auditor' },
  'POST /v1/usage/recompute': { access: 'admin', fields: ['from', 'to', 'apply'] },
  'POST /v1/usage/replay': { access: 'admin', fields: ['rows'] },
  'POST /v1/users': { access: 'admin', fields: ['email', 'service_name', 'groups', 'policy', 'invite'] },
  'GET /v1/users': { access: 'auditor' },
  'GET /v1/users/:id': { access: 'auditor', target: 'any user' },
  'PATCH /v1/users/:id': { access: 'admin', target: 'any user', fields: ['name', 'email', 'policy'] },
  'DELETE /v1/users/:id': { access: 'admin', target: 'any user' },
  'POST /v1/users/:id/disable': { access: 'admin', target: 'any user' },
  'POST /v1/users/:id/enable': { access: 'admin', target: 'any user' },
  'POST /v1/users/:id/reset-mfa': { access: 'admin', target: 'any user' },
  'POST /v1/users/:id/invite': { access: 'admin', target: 'any user', fields: ['invite'] },
  'GET /v1/groups': { access: 'auditor' },
  'GET /v1/groups/:group': { access: 'auditor', target: 'any group' },
  'PUT /v1/groups/:group': { access: 'admin', target: 'any group', fields: ['description', 'policy'] },
  'DELETE /v1/groups/:group': { access: 'admin', target: 'any group' },
  'PUT /v1/groups/:group/users/:id': { access: 'admin', target: 'any member' },
  'DELETE /v1/groups/:group/users/:id': { access: 'admin', target: 'any member' },
};

/** Queries by which a caller asks for more than their own; `:user` and `:key` stand for somebody else's. */
export const widerQueries: Readonly<Record<string, { readonly queries: readonly string[]; readonly access: Access }>> =
  {
    'GET /v1/keys': { queries: ['user_id=:user', 'all=true'], access: 'auditor' },
    'GET /v1/usage': { queries: ['user_id=:user', 'all=true'], access: 'auditor' },
    'GET /v1/usage/calls': { queries: ['user_id=:user', 'all=true'], access: 'auditor' },
  };

/** Fields that no body of ours has at its top: each would give its sender, or somebody else, more than they have. */
export const hostileFields: readonly string[] = [
  'role',
  'roles',
  'admin',
  'is_admin',
  'mfa',
  'status',
  'enabled',
  'username',
  'sub',
  'custom:policy',
  'custom:k01',
  'cognito:groups',
  'spent_usd',
  'generation',
  'temporary_password',
  'password',
  'email_verified',
  'constructor',
  '__proto__',
];
