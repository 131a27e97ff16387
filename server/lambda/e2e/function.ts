import path from 'node:path';
import * as z from 'zod/mini';
import { type RestApiOptions, startRestApi } from '../../../bin/lambda/rest-api.ts';
import { LambdaFunction } from '../../../bin/lambda/runtime-api.ts';
import { installRuntimeClient } from '../../../bin/lambda/runtime-client.ts';
import { type LocalStack, startStack } from '../../../bin/local-stack.ts';

const taskRoot = path.resolve(import.meta.dirname, '../../../dist/lambda');

/** The local stack's AWS, for functions to run against. */
export interface Cloud {
  readonly stack: LocalStack;
  start(env?: Readonly<Record<string, string | undefined>>): Promise<LambdaFunction>;
}

export async function startCloud(): Promise<Cloud> {
  const runtimeClient = installRuntimeClient();
  const stack = await startStack();
  return {
    stack,
    start: (changes = {}) => {
      const all = Object.entries({ ...stack.dev.env, ...changes });
      const env = Object.fromEntries(all.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
      return LambdaFunction.start({ runtimeClient, taskRoot, env });
    },
  };
}

/** A function behind its REST API. */
export interface Deployment {
  readonly lambda: LambdaFunction;
  readonly url: string;
  stop(): Promise<void>;
}

export async function deploy(
  cloud: Cloud,
  options: RestApiOptions & { readonly env?: Readonly<Record<string, string | undefined>> } = {},
): Promise<Deployment> {
  const lambda = await cloud.start(options.env);
  const api = await startRestApi(lambda, options);
  return {
    lambda,
    url: api.url,
    stop: async () => {
      api.close();
      await lambda.stop();
    },
  };
}

/** The newest row of the ledger, as the gateway tells it. */
export async function newestCallOf({ stack }: Cloud, { url }: Deployment): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(`${url}/v1/usage/calls?limit=1000`, {
    headers: { authorization: `Bearer ${stack.dev.api_key}` },
  });
  const [newest] = z.object({ data: z.array(z.looseObject({})) }).parse(await response.json()).data;
  return newest ?? {};
}
