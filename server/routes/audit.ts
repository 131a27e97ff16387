import { AuditList, AuditQuery } from '../../shared/api/audit.ts';
import { json, managementRoute } from '../route.ts';

export const audit = managementRoute({
  method: 'GET',
  path: '/v1/audit',
  summary: 'What was changed and who was refused: all of it for admins and auditors, their own for everybody else',
  access: 'self',
  query: AuditQuery,
  body: null,
  response: { status: 200, schema: AuditList, streams: false },
  errors: ['insufficient_scope', 'mfa_required', 'budget_unavailable'],
  handle: async ({ context, identity, query }) => json(200, await (await context.auditReader()).list(identity, query)),
});
