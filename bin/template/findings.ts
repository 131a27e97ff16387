import { accessRules } from './access-rules.ts';
import { apiRules } from './api-rules.ts';
import { circleRules } from './circle-rules.ts';
import { costRules } from './cost-rules.ts';
import { keepingRules } from './keeping-rules.ts';
import { nameRules, parameterRules } from './name-rules.ts';
import { neverReplacedRules, poolRules } from './pool-rules.ts';
import { resolveTemplate } from './resolve.ts';
import { scenarios } from './scenarios.ts';

const rules = [
  apiRules,
  poolRules,
  neverReplacedRules,
  accessRules,
  keepingRules,
  costRules,
  circleRules,
  nameRules,
] as const;

/**
 * What is wrong with a template, one sentence each, none if all is well. Holds for the source and for what AWS makes of
 * it: only the latter shows what is really deployed, but the former needs nothing except Node.
 */
export function findingsOf(template: unknown): readonly string[] {
  const found = new Set(parameterRules(template));
  for (const { parameters } of scenarios) {
    const deployment = resolveTemplate(template, parameters);
    for (const rule of rules) for (const finding of rule(deployment, parameters)) found.add(finding);
  }
  return [...found];
}
