import { ofType } from './facts.ts';
import type { Deployment } from './resolve.ts';
import type { Parameters } from './scenarios.ts';
import { at, isSame, listOf } from './tree.ts';

/** Things whose loss is somebody's loss: they outlive the stack, and whatever would replace them. */
const retained = [
  'AWS::Cognito::UserPool',
  'AWS::Cognito::UserPoolGroup',
  'AWS::DynamoDB::Table',
  'AWS::S3::Bucket',
] as const;

/** What is kept is kept for good or for a set time, encrypted, and never public. */
export function keepingRules(deployment: Deployment, parameters: Parameters): string[] {
  const found: string[] = [];
  for (const { id, entry } of ofType(deployment, ...retained)) {
    for (const policy of ['DeletionPolicy', 'UpdateReplacePolicy']) {
      if (at(entry, policy) !== 'Retain') found.push(`${id}: ${policy} must be Retain`);
    }
  }
  return [
    ...found,
    ...tableRules(deployment),
    ...bucketRules(deployment, parameters),
    ...logRules(deployment, parameters),
  ];
}

function tableRules(deployment: Deployment): string[] {
  const found: string[] = [];
  const tables = ofType(deployment, 'AWS::DynamoDB::Table');
  if (!isSame(tables.map(({ id }) => id).sort(), ['AuditTable', 'Table']))
    found.push('the tables must be Table and AuditTable');
  for (const { id, properties } of tables) {
    if (properties['DeletionProtectionEnabled'] !== true) found.push(`${id}: DeletionProtectionEnabled must be true`);
    const ttl = properties['TimeToLiveSpecification'];
    const expected = id === 'AuditTable' ? undefined : { AttributeName: 'ttl', Enabled: true };
    if (!isSame(ttl, expected))
      found.push(`${id}: ${expected ? 'items must end by ttl' : 'the trail of changes never ends'}`);
  }
  return found;
}

function bucketRules(deployment: Deployment, parameters: Parameters): string[] {
  const found: string[] = [];
  for (const { id, properties } of ofType(deployment, 'AWS::S3::Bucket')) {
    const shut = properties['PublicAccessBlockConfiguration'];
    const doors = ['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'];
    if (doors.some((door) => at(shut, door) !== true))
      found.push(`${id}: all four kinds of public access must be blocked`);
    const [encryption] = listOf(at(properties, 'BucketEncryption', 'ServerSideEncryptionConfiguration'));
    if (at(encryption, 'ServerSideEncryptionByDefault', 'SSEAlgorithm') !== 'AES256') {
      found.push(`${id}: must be encrypted with S3's own keys (AES256), which cost nothing`);
    }
    const rules = listOf(at(properties, 'LifecycleConfiguration', 'Rules'));
    const days = Number(parameters['FileRetentionDays'] ?? 31);
    if (!rules.some((rule) => at(rule, 'Status') === 'Enabled' && at(rule, 'ExpirationInDays') === days)) {
      found.push(`${id}: objects must end after FileRetentionDays`);
    }
    const policies = ofType(deployment, 'AWS::S3::BucketPolicy').map((each) => each.properties['Bucket']);
    if (!policies.includes(`<${id}>`)) found.push(`${id}: needs a policy that refuses everything without TLS`);
  }
  return found;
}

function logRules(deployment: Deployment, parameters: Parameters): string[] {
  const groups = ofType(deployment, 'AWS::Logs::LogGroup');
  if (groups.length === 0) return ['there is no log group: Lambda would make one that keeps every line for ever'];
  const days = Number(parameters['LogRetentionDays'] ?? 7);
  return groups
    .filter(({ properties }) => properties['RetentionInDays'] !== days)
    .map(({ id }) => `${id}: RetentionInDays must be LogRetentionDays, 7 by default`);
}
