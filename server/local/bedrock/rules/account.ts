import type { ModelCall } from '../call.ts';
import { isKnownGuardrail, isKnownGuardrailVersion } from '../guardrail.ts';
import { once, type Rule } from './rule.ts';

// What the simulated account does not have: tiers, latencies, guardrails. Converse and InvokeModel refuse it alike.

/** Models with an optimized latency, by AWS's user guide. */
const optimizedModels = /^(amazon\.nova-pro-v1|anthropic\.claude-3-5-haiku|meta\.llama3-1-(70b|405b))/;
const tiers = ['default', 'priority', 'flex', 'reserved'];

export const accountRules: readonly Rule<ModelCall>[] = [
  {
    id: 'tier-invalid',
    when: 'the service tier is not a known word',
    template: 'service tier provided is invalid',
    find: ({ body: { serviceTier } }) => once(Boolean(serviceTier) && !tiers.includes(serviceTier?.type ?? '')),
  },
  {
    id: 'tier-reserved-missing',
    when: 'the reserved tier; this account has no reservation',
    template: 'Reservation not found.',
    find: ({ body: { serviceTier } }) => once(serviceTier?.type === 'reserved'),
  },
  {
    id: 'latency-unsupported',
    when: 'optimized latency is asked of a model without it',
    template: 'Latency performance configuration is not supported for {modelId}',
    find: ({ body, model, modelId }) =>
      body.performanceConfig?.latency === 'optimized' && !optimizedModels.test(model.id) ? [{ modelId }] : [],
  },
  {
    id: 'guardrail-id-invalid',
    when: 'a guardrail is named that the account does not have',
    template: 'The provided guardrail identifier is invalid.',
    find: ({ body: { guardrailConfig } }) => {
      const id = guardrailConfig?.guardrailIdentifier;
      return once(Boolean(id) && !isKnownGuardrail(id ?? ''));
    },
  },
  {
    id: 'guardrail-version-missing',
    when: 'the guardrail has no such version',
    template: 'The guardrail identifier or version provided in the request does not exist.',
    find: ({ body: { guardrailConfig } }) =>
      once(
        Boolean(guardrailConfig?.guardrailIdentifier) &&
          !isKnownGuardrailVersion(guardrailConfig?.guardrailVersion ?? ''),
      ),
  },
];
