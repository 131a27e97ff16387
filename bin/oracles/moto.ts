import type { TestProject } from 'vitest/node';
import { startMoto } from './programs.ts';

/** All services are moto's. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { url, stop } = await startMoto();
  project.provide('oracles', { cognito: url, dynamo: url, s3: url, ssm: url, mostAtOnce: 50 });
  return stop;
}
