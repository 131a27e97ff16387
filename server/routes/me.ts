import { Me } from '../../shared/api/me.ts';
import { showBudgets, showRates } from '../money/limit-settings.ts';
import { json, managementRoute } from '../route.ts';

export const me = managementRoute({
  method: 'GET',
  path: '/v1/me',
  summary: 'Who the caller is',
  access: 'self',
  query: null,
  body: null,
  response: { status: 200, schema: Me, streams: false },
  errors: ['insufficient_scope', 'auth_unavailable', 'budget_unavailable'],
  handle: async ({ context, identity }) => {
    const { person, team } = identity;
    const { spent } = await context.balances.view(person.username);
    return json(200, {
      user_id: person.username,
      email: person.email,
      groups: [...person.groups],
      mfa: person.mfa,
      team,
      budgets: showBudgets(person.rights.limits, spent, context.clock.now()),
      ...showRates(person.rights.limits),
      models: [...person.rights.models],
      teams: [...person.rights.teams],
    } satisfies Me);
  },
});
