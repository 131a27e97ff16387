import type { TestProject } from 'vitest/node';
import { startStack } from '../../bin/local-stack.ts';
import { signIn } from './sign-in.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** dev.json of the stack that all contract tests share. */
    readonly dev: Awaited<ReturnType<typeof startStack>>['dev'];
    readonly adminToken: string;
  }
}

/** One local stack, from the built bundles, for the whole project. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stack = await startStack({ env: { PENNYWORTH_CORS_ORIGINS: 'https://app.example.com' } });
  project.provide('dev', stack.dev);
  project.provide('adminToken', await signIn(stack.dev, stack.dev.admin));
  return async () => {
    await stack.stop();
  };
}
