import { ofType } from './facts.ts';
import type { Deployment } from './resolve.ts';
import type { Parameters } from './scenarios.ts';
import { at, isSame, listOf } from './tree.ts';

/** Actions that one statement allows, and on what; with the parameter that asks for it, if one does. */
export interface Grant {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Only when this parameter is set. */
  readonly parameter?: string;
}

const here = (service: string, rest: string) =>
  `arn:<AWS::Partition>:${service}:<AWS::Region>:<AWS::AccountId>:${rest}`;
const rootSecret = here('ssm', 'parameter/<AWS::StackName>/root-secret');

/** Of people and groups: what each request needs, and what administrators ask for. */
const peopleActions = [
  'AdminAddUserToGroup',
  'AdminCreateUser',
  'AdminDeleteUser',
  'AdminDisableUser',
  'AdminEnableUser',
  'AdminGetUser',
  'AdminListGroupsForUser',
  'AdminRemoveUserFromGroup',
  'AdminSetUserMFAPreference',
  'AdminSetUserPassword',
  'AdminUpdateUserAttributes',
  'AdminUserGlobalSignOut',
  'CreateGroup',
  'DeleteGroup',
  'GetGroup',
  'ListGroups',
  'ListUsers',
  'ListUsersInGroup',
  'UpdateGroup',
];

/** All that the function may do. A test compares the actions with the calls in the server's code. */
export function grantsOf(parameters: Parameters): readonly Grant[] {
  const { BedrockModelArns, ConfigParameter = '', GuardrailArns = '', SlackWebhookParameter = '' } = parameters;
  const models = BedrockModelArns?.split(',') ?? [
    'arn:<AWS::Partition>:bedrock:*::foundation-model/*',
    'arn:<AWS::Partition>:bedrock:*:<AWS::AccountId>:inference-profile/*',
    'arn:<AWS::Partition>:bedrock:*:<AWS::AccountId>:application-inference-profile/*',
  ];
  const grants: readonly Grant[] = [
    { actions: ['bedrock:InvokeModel', 'bedrock:InvokeModelWithResponseStream'], resources: models },
    {
      actions: ['bedrock:CountTokens'],
      resources: BedrockModelArns?.split(',') ?? ['arn:<AWS::Partition>:bedrock:<AWS::Region>::foundation-model/*'],
    },
    { actions: ['bedrock:ApplyGuardrail'], resources: GuardrailArns.split(','), parameter: 'GuardrailArns' },
    {
      actions: peopleActions.map((name) => `cognito-idp:${name}`),
      resources: ['<UserPool.Arn>'],
    },
    {
      actions: ['DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'].map((name) => `dynamodb:${name}`),
      resources: ['<Table.Arn>'],
    },
    // Never UpdateItem or DeleteItem: the trail of changes is only added to. That PutItem replaces nothing is for the code.
    { actions: ['dynamodb:PutItem', 'dynamodb:Query'], resources: ['<AuditTable.Arn>'] },
    { actions: ['cloudwatch:GetMetricData'], resources: ['*'] },
    { actions: ['s3:DeleteObject', 's3:GetObject', 's3:PutObject'], resources: ['<Bucket.Arn>/stored/*'] },
    { actions: ['s3:ListBucket'], resources: ['<Bucket.Arn>'] },
    { actions: ['ssm:GetParameter', 'ssm:PutParameter'], resources: [rootSecret] },
    {
      actions: ['ssm:GetParameter'],
      resources: [here('ssm', `parameter${ConfigParameter}`)],
      parameter: 'ConfigParameter',
    },
    {
      actions: ['ssm:GetParameter'],
      resources: [here('ssm', `parameter${SlackWebhookParameter}`)],
      parameter: 'SlackWebhookParameter',
    },
    // What the operator keeps there for other MCP servers.
    { actions: ['ssm:GetParameter'], resources: [here('ssm', 'parameter/<AWS::StackName>/mcp/*')] },
    { actions: ['sns:Publish'], resources: ['<Topic>'] },
    { actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: ['<LogGroup.Arn>'] },
    { actions: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'], resources: ['*'] },
  ];
  return grants.filter(({ parameter }) => parameter === undefined || (parameters[parameter] ?? '') !== '');
}

/** `action on resource`, one for each pair. */
function pairsOf(actions: readonly unknown[], resources: readonly unknown[]): string[] {
  return actions.flatMap((action) => resources.map((resource) => `${String(action)} on ${String(resource)}`));
}

/** The roles may do exactly what the code does, on exactly these things, and nobody else may use the stack's things. */
export function accessRules(deployment: Deployment, parameters: Parameters): string[] {
  const roles = ofType(deployment, 'AWS::IAM::Role');
  const found = roles.map(({ id }) => id).filter((id) => at(deployment.outputs, `${id}Arn`, 'Value') !== `<${id}.Arn>`);
  const findings = found.map(
    (id) => `${id}: its ARN must be the output ${id}Arn, which the deployment's PassRole is narrowed to`,
  );
  if (
    !isSame(
      roles.map(({ id }) => id),
      ['FunctionRole'],
    )
  ) {
    findings.push(`the roles are ${roles.map(({ id }) => id).join(', ')}: there must be FunctionRole alone`);
  }
  for (const { id, properties } of roles) {
    findings.push(...trustRules(id, properties, parameters));
    const statements = listOf(properties['Policies']).flatMap((policy) =>
      listOf(at(policy, 'PolicyDocument', 'Statement')),
    );
    findings.push(...statementRules(id, statements, parameters));
  }
  return [...findings, ...foreignPolicyRules(deployment), ...doorRules(deployment, parameters)];
}

function trustRules(id: string, properties: Readonly<Record<string, unknown>>, parameters: Parameters): string[] {
  const found: string[] = [];
  const trust = listOf(at(properties, 'AssumeRolePolicyDocument', 'Statement'));
  const expected = [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }];
  if (!isSame(trust, expected)) found.push(`${id}: only Lambda may take it on`);
  if (properties['ManagedPolicyArns'] !== undefined) {
    found.push(`${id}: AWS's managed policies allow more than is needed; write the actions out`);
  }
  if (properties['PermissionsBoundary'] !== parameters['PermissionsBoundaryArn']) {
    found.push(`${id}: must have the permissions boundary that PermissionsBoundaryArn names, and none without it`);
  }
  return found;
}

function statementRules(id: string, statements: readonly unknown[], parameters: Parameters): string[] {
  const found: string[] = [];
  const allowed = new Set<string>();
  let isSecretKept = false;
  for (const statement of statements) {
    if (at(statement, 'NotAction') !== undefined || at(statement, 'NotResource') !== undefined) {
      found.push(`${id}: a statement names what it does not mean (NotAction, NotResource): write out what it means`);
    }
    const actions = listOf(at(statement, 'Action'));
    const resources = listOf(at(statement, 'Resource'));
    if (at(statement, 'Effect') === 'Deny') {
      isSecretKept ||=
        isSame([actions, resources], [['ssm:PutParameter'], [rootSecret]]) &&
        isSame(at(statement, 'Condition'), { StringEquals: { 'ssm:Overwrite': 'true' } });
    } else for (const pair of pairsOf(actions, resources)) allowed.add(pair);
  }
  if (!isSecretKept) found.push(`${id}: must be denied to overwrite the root secret, without which no key works`);
  const needed = new Set(grantsOf(parameters).flatMap(({ actions, resources }) => pairsOf(actions, resources)));
  for (const pair of allowed) if (!needed.has(pair)) found.push(`${id}: is allowed ${pair}, which nothing needs`);
  for (const pair of needed) if (!allowed.has(pair)) found.push(`${id}: is not allowed ${pair}, which the code calls`);
  return found;
}

/** Policies that would widen a role, or open a thing, from elsewhere in the template. */
function foreignPolicyRules(deployment: Deployment): string[] {
  const found: string[] = [];
  for (const { id, type, properties } of deployment.resources) {
    if (/^AWS::IAM::(Policy|ManagedPolicy|RolePolicy|User|Group)/.test(type))
      found.push(`${id}: rights belong into FunctionRole`);
    if (type === 'AWS::Serverless::Function' && properties['Policies'] !== undefined) {
      found.push(`${id}: rights belong into FunctionRole`);
    }
  }
  return found;
}

/** Resource policies: who outside the account's own roles may reach a thing, and how. */
function doorRules(deployment: Deployment, parameters: Parameters): string[] {
  const found: string[] = [];
  for (const { id, properties } of ofType(deployment, 'AWS::Lambda::Permission')) {
    const principal = String(properties['Principal']);
    const source = String(properties['SourceArn'] ?? '');
    const isOurApi = principal === 'apigateway.amazonaws.com' && /:<Api>\//.test(source);
    const isOurTopic = principal === 'sns.amazonaws.com' && source === '<Topic>';
    if (!isOurApi && !isOurTopic) found.push(`${id}: only this stack's API and topic may call the function`);
  }
  for (const { id, properties } of ofType(deployment, 'AWS::S3::BucketPolicy')) {
    const statements = listOf(at(properties, 'PolicyDocument', 'Statement'));
    const isTls = statements.some((each) =>
      isSame(at(each, 'Condition'), { Bool: { 'aws:SecureTransport': 'false' } }),
    );
    if (!isTls || statements.some((each) => at(each, 'Effect') !== 'Deny')) {
      found.push(`${id}: must refuse everything without TLS, and allow nothing`);
    }
  }
  return [...found, ...publisherRules(deployment, parameters)];
}

function publisherRules(deployment: Deployment, parameters: Parameters): string[] {
  const found: string[] = [];
  // "You can't use Condition blocks in Amazon SNS topic policies for EventBridge" (its user guide): nothing would arrive.
  const eventBridge = 'events.amazonaws.com';
  const publishers = ['cloudwatch.amazonaws.com', eventBridge];
  if ((parameters['MonthlyBudgetUsd'] ?? '0') !== '0') publishers.push('budgets.amazonaws.com');
  for (const { id, properties } of ofType(deployment, 'AWS::SNS::TopicPolicy')) {
    const statements = listOf(at(properties, 'PolicyDocument', 'Statement'));
    const allowed = statements.filter((each) => at(each, 'Effect') === 'Allow');
    const names = allowed.map((each) => String(at(each, 'Principal', 'Service')));
    if (!isSame(names.toSorted(), publishers.toSorted()))
      found.push(`${id}: only ${publishers.join(', ')} may publish`);
    for (const [index, name] of names.entries()) {
      const isConditional = at(allowed[index], 'Condition') !== undefined;
      if (isConditional !== (name === eventBridge)) continue;
      found.push(
        `${id}: ${name} may publish ${isConditional ? 'without' : 'under'} a condition on where it comes from`,
      );
    }
  }
  return found;
}
