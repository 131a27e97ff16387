import { Me } from '../../shared/api/me.ts';
import { json, managementRoute } from '../route.ts';

export const me = managementRoute({
  method: 'GET',
  path: '/v1/me',
  summary: 'Who the caller is',
  access: 'self',
  query: null,
  body: null,
  response: { status: 200, schema: Me, streams: false },
  errors: ['insufficient_scope', 'auth_unavailable'],
  handle: async ({ identity }) => {
    const { person, team } = identity;
    return json(200, {
      user_id: person.username,
      email: person.email,
      groups: [...person.groups],
      mfa: person.mfa,
      team,
      budgets: [],
      models: [...person.rights.models],
      teams: [...person.rights.teams],
    } satisfies Me);
  },
});
