import { AwsError } from './aws/aws-error.ts';
import type { Parameters } from './aws/ssm.ts';
import { unavailable } from './errors.ts';
import { reasonOf } from './observe/logger.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment with the operator's document in PENNYWORTH_CONFIG, wherever it lies: a function's variables have 4 KB
 * together, so that a longer one stands in the SSM parameter that PENNYWORTH_CONFIG_PARAMETER names.
 * @throws Error naming the variable when both are set, there is no such parameter, or it may not be read
 * @throws GatewayError 503 when SSM does not answer or throttles: worth another try
 */
export async function withConfigParameter(
  environment: Environment,
  parameters: () => Parameters,
): Promise<Environment> {
  const { PENNYWORTH_CONFIG: config, PENNYWORTH_CONFIG_PARAMETER: name } = environment;
  if (!name) return environment;
  if (config) throw new Error('PENNYWORTH_CONFIG and PENNYWORTH_CONFIG_PARAMETER are both set; unset one');
  const found = await read(parameters(), name);
  if (found === undefined) throw new Error(`PENNYWORTH_CONFIG_PARAMETER: there is no SSM parameter ${name}`);
  return { ...environment, PENNYWORTH_CONFIG: found };
}

async function read(parameters: Parameters, name: string): Promise<string | undefined> {
  try {
    return await parameters.find(name);
  } catch (error) {
    const cause = new Error(`PENNYWORTH_CONFIG_PARAMETER: ${name} cannot be read: ${reasonOf(error)}`, {
      cause: error,
    });
    if (!isPassing(error)) throw cause;
    throw unavailable(
      'storage_unavailable',
      "The gateway's settings cannot be read at the moment. Try again.",
      3,
      cause,
    );
  }
}

/** No answer, a fault of AWS's own, or a throttle, which SSM answers with 400. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof AwsError)) return false;
  return error.status === 0 || error.status >= 500 || error.status === 429 || error.name === 'ThrottlingException';
}
