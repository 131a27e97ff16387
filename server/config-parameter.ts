import type { Parameters } from './aws/ssm.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment with the operator's document in PENNYWORTH_CONFIG, wherever it lies: a function's variables have 4 KB
 * together, so that a longer one stands in the SSM parameter that PENNYWORTH_CONFIG_PARAMETER names.
 * @throws Error naming the variable when both are set, or there is no such parameter
 */
export async function withConfigParameter(
  environment: Environment,
  parameters: () => Parameters,
): Promise<Environment> {
  const { PENNYWORTH_CONFIG: config, PENNYWORTH_CONFIG_PARAMETER: name } = environment;
  if (!name) return environment;
  if (config) throw new Error('PENNYWORTH_CONFIG and PENNYWORTH_CONFIG_PARAMETER are both set; unset one');
  const found = await parameters().find(name);
  if (found === undefined) throw new Error(`PENNYWORTH_CONFIG_PARAMETER: there is no SSM parameter ${name}`);
  return { ...environment, PENNYWORTH_CONFIG: found };
}
