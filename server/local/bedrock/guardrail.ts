import type { ModelCall } from './call.ts';
import type { Script } from './script.ts';

// The account's guardrails: every id that begins with `simulated`, in the versions 1, 2 and DRAFT. They let everything
// pass unless a script says that they intervene.

const knownId = /^(?:arn:aws[^:]*:bedrock:[^:]*:\d{12}:guardrail\/)?(simulated[a-z0-9]*)$/;
const versions: readonly string[] = ['1', '2', 'DRAFT'];

export function isKnownGuardrail(id: string): boolean {
  return knownId.test(id);
}

export function isKnownGuardrailVersion(version: string): boolean {
  return versions.includes(version);
}

const usualText = 'Sorry, the guardrail blocks this.';

/** What the guardrail of a request did. */
export interface GuardrailUse {
  /** What is said in place of the answer; `undefined`: it let the answer pass. */
  readonly blockedText: string | undefined;
  /** It blocked the prompt, so that no model was asked and no tokens count. */
  readonly blockedPrompt: boolean;
  /** The `trace` of the answer, where the request asks for one. */
  readonly trace: Readonly<Record<string, unknown>> | undefined;
}

/** `undefined` for a request without a guardrail; what a script says of one is then without effect. */
export function applyGuardrail({ body }: ModelCall, scripted: Script['guardrail']): GuardrailUse | undefined {
  const { guardrailIdentifier, trace } = body.guardrailConfig ?? {};
  const [, id] = knownId.exec(guardrailIdentifier ?? '') ?? [];
  if (id === undefined) return undefined;
  const blockedPrompt = scripted?.source === 'input';
  const blockedText = scripted && (scripted.text ?? usualText);
  if (trace !== 'enabled' && trace !== 'enabled_full') return { blockedText, blockedPrompt, trace: undefined };
  const blocked = { contentPolicy: { filters: [{ type: 'MISCONDUCT', confidence: 'HIGH', action: 'BLOCKED' }] } };
  const metrics = { invocationMetrics: { guardrailProcessingLatency: 0 } };
  const input = { ...(blockedPrompt && blocked), ...metrics };
  const output = { ...(blockedText !== undefined && blocked), ...metrics };
  const guardrail = {
    actionReason: blockedText === undefined ? 'No action.' : 'Guardrail blocked.',
    inputAssessment: { [id]: input },
    ...(!blockedPrompt && { outputAssessments: { [id]: [output] } }),
  };
  return { blockedText, blockedPrompt, trace: { guardrail } };
}
