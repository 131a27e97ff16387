import { AwsFault } from '../../emulator.ts';
import type { Call, ModelCall } from '../call.ts';

/** What a rule fills into the placeholders of its text. */
export type Values = Readonly<Record<string, string | number>>;

/** One thing the service refuses, with the service's words for it. */
export interface Rule<Subject> {
  readonly id: string;
  /** The condition in plain words. */
  readonly when: string;
  /** `{name}` is replaced where `find` gives a value of that name; other braces are literal. */
  readonly template: string;
  /** 400 when not given. */
  readonly status?: number;
  /** ValidationException when not given. */
  readonly type?: string;
  /** Of the layer `model`: what comes of Converse's own way to the model, and not of InvokeModel's. */
  readonly only?: 'converse';
  /** One entry for each violation. */
  find(subject: Subject): readonly Values[];
}

/** The rules by layer. The layers run in this order; the first one that refuses decides. */
export interface RuleSet {
  readonly serviceModel: readonly Rule<Call>[];
  readonly routing: readonly Rule<Call>[];
  /** What Converse and InvokeModel refuse alike: what the account does not have. */
  readonly account: readonly Rule<ModelCall>[];
  readonly converse: readonly Rule<ModelCall>[];
  readonly invoke: readonly Rule<ModelCall>[];
  readonly capability: readonly Rule<ModelCall>[];
  readonly model: readonly Rule<ModelCall>[];
}

/** For rules that can be broken only once: one violation without values, or none. */
export function once(broken: boolean): readonly Values[] {
  return broken ? noValues : noViolation;
}

const noValues: readonly Values[] = [{}];
const noViolation: readonly Values[] = [];

/** The first refusal of a layer that gives one text. */
export function firstRefusal<Subject>(
  rules: readonly Rule<Subject>[],
  subject: Subject,
  prefix = '',
): AwsFault | undefined {
  for (const rule of rules) {
    const [values] = rule.find(subject);
    if (values === undefined) continue;
    return new AwsFault(rule.type ?? 'ValidationException', prefix + fill(rule.template, values), rule.status ?? 400);
  }
  return undefined;
}

/** All violations of a layer in one text, as the service model's validator gives them. */
export function collectedRefusal<Subject>(rules: readonly Rule<Subject>[], subject: Subject): AwsFault | undefined {
  const texts = rules.flatMap((rule) => rule.find(subject).map((values) => fill(rule.template, values)));
  if (texts.length === 0) return undefined;
  const errors = texts.length === 1 ? 'error' : 'errors';
  return new AwsFault('ValidationException', `${texts.length} validation ${errors} detected: ${texts.join('; ')}`, 400);
}

function fill(template: string, values: Values): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
