import { AwsError } from '../aws/aws-error.ts';
import { unavailable } from '../errors.ts';

/** The table that does not answer is told as such; everything else has its words already. @throws GatewayError */
export async function orUnavailable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const message = 'The table of the gateway does not answer at the moment. Try again.';
    throw unavailable('budget_unavailable', message, 2, error);
  }
}
