import { isModelAllowed, mayCall } from '../auth/authorize.ts';
import type { Identity } from '../auth/identity.ts';
import type { CallTarget } from '../catalogue/catalogue.ts';
import { forbidden } from '../errors.ts';

/** @throws GatewayError 403 for a key or person that may not call this model, or may no longer at that team's cost */
export function checkModelAllowed(identity: Identity, target: CallTarget): void {
  const { alias } = target.model;
  const { models } = identity.person.rights;
  if (!mayCall(identity, target)) {
    const isKey = identity.kind === 'key' && !isModelAllowed(identity.models, alias, target.modelId);
    const [who, allowed] = isKey ? ['This key', identity.models] : ['You', models];
    const told = allowed.length === 0 ? 'no model' : allowed.join(', ');
    throw forbidden('model_not_allowed', `${who} may call ${told}, not ${alias}. GET /v1/models lists each.`);
  }
  checkTeam(identity);
}

/** @throws GatewayError 403 for a key that names a team which its owner has left */
export function checkTeam(identity: Identity): void {
  if (identity.team === null || identity.person.rights.teams.includes(identity.team)) return;
  throw forbidden(
    'forbidden',
    `This key pays from the team ${identity.team}, which its owner has left. Make another key, or ask an administrator.`,
  );
}
