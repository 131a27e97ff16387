import { GatewayError } from '../../errors.ts';

/** The error a caller would be told; undefined when there is none; tests only. */
export function failureOf(run: () => unknown): GatewayError | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
}
