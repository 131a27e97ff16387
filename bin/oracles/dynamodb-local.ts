import type { TestProject } from 'vitest/node';
import { startDynamoLocal } from './programs.ts';

/** DynamoDB is AWS's own; the other services are ours. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { url, stop } = await startDynamoLocal();
  project.provide('oracles', { dynamo: url });
  return stop;
}
