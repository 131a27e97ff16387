import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { deployRoleFiles, policyOf, resolveDeployRole } from './deploy-role.ts';
import neverReplaced from './never-replaced.json' with { type: 'json' };
import { root } from './python-tools.ts';
import { readTemplate } from './read.ts';
import { resolveTemplate } from './resolve.ts';
import { scenarios } from './scenarios.ts';
import { at, listOf } from './tree.ts';

const folder = path.join(root, 'doc', 'deploy');
const text = await readFile(path.join(folder, 'github-deploy-role.yaml'), 'utf8');
const files = deployRoleFiles(text);
const template = readTemplate(await readFile(path.join(root, 'template.yaml'), 'utf8'));
const everything = scenarios.find(({ name }) => name === 'everything')?.parameters ?? {};

function statementsOf(parameters = {}): readonly unknown[] {
  const deployment = resolveDeployRole(text, parameters);
  return ['Deployment', 'DeploymentOptions'].flatMap((id) => listOf(at(policyOf(deployment, id), 'Statement')));
}
const actionsOf = (statement: unknown) => listOf(at(statement, 'Action')).map(String);
const resourcesOf = (statement: unknown) => listOf(at(statement, 'Resource')).map(String);
const statementNamed = (sid: string, parameters = {}) =>
  statementsOf(parameters).find((each) => at(each, 'Sid') === sid);
const allActions = new Set(statementsOf().flatMap(actionsOf));
const allResources = new Set(statementsOf().flatMap(resourcesOf));

describe('the role of the deployment', () => {
  it.each([...files])('is told as JSON in %s too', async (name, content) => {
    expect(await readFile(path.join(folder, name), 'utf8')).toBe(content);
  });

  it('has the names that the documents say', () => {
    expect(text).toContain('RoleName: pennyworth-github-deploy-role');
    expect(text).toContain('ManagedPolicyName: pennyworth-deployment\n');
  });

  it.each(['Deployment', 'DeploymentOptions'])('%s fits into a managed policy: 6,144 characters', (id) => {
    const longestNames = { StackName: 'p'.repeat(30), HostedZoneId: 'Z0123456789ABCDEFGHIJ' };
    const policy = JSON.stringify(policyOf(resolveDeployRole(text, longestNames), id));
    const filled = policy.replaceAll('ACCOUNT_ID', '123456789012').replaceAll('REGION', 'ap-southeast-2');
    expect(filled.length).toBeLessThanOrEqual(6_144);
  });

  it('names every action', () => {
    expect([...allActions].filter((action) => action.includes('*'))).toEqual([]);
  });

  it('has all resources only for actions that know none, or none yet', () => {
    const unbound = statementsOf().filter((statement) => resourcesOf(statement).includes('*'));
    expect(unbound.flatMap(actionsOf)).toEqual([
      'cognito-idp:CreateUserPool',
      'cognito-idp:DescribeUserPoolDomain',
      'logs:DescribeLogGroups',
      'acm:RequestCertificate',
    ]);
  });

  it('has no wildcard where a name is known', () => {
    const { resources } = resolveTemplate(template, everything);
    const naming = /^(FunctionName|LogGroupName|TopicName|AlarmName|DashboardName|RoleName)$/;
    const names = resources.flatMap(({ type, properties }) =>
      Object.entries(properties)
        .filter(([name]) => naming.test(name) && type !== 'AWS::Lambda::Permission')
        .map(([, value]) => String(value).replace('<AWS::StackName>', 'STACK_NAME')),
    );
    names.push('STACK_NAME-stack-changes', 'budget/STACK_NAME');
    expect(names.length).toBeGreaterThan(10);
    const unnamed = names.filter((name) => ![...allResources].some((resource) => resource.endsWith(name)));
    expect(unnamed).toEqual([]);
    // What is left has an id or a suffix that AWS makes.
    const withWildcard = [...allResources].filter((resource) => resource !== '*' && resource.includes('*'));
    expect(withWildcard.map((resource) => resource.split(':').slice(5).join(':')).sort()).toEqual([
      '/domainnames/*',
      '/restapis/*',
      '/restapis/*/stages/prod',
      '/tags/*',
      'STACK_NAME-artifacts-ACCOUNT_ID-REGION/*',
      'STACK_NAME-bucket-*',
      'certificate/*',
      'change/*',
      'log-group:/aws/lambda/STACK_NAME:*',
      'regional/webacl/STACK_NAME/*',
      'role/STACK_NAME-FunctionRole-*',
      'stack/STACK_NAME/*',
      'table/STACK_NAME-AuditTable-*',
      'table/STACK_NAME-Table-*',
      'userpool/*',
    ]);
  });

  it('knows every service of the template', () => {
    const { resources } = resolveTemplate(template, everything);
    const services = new Set(resources.map(({ type }) => type.split('::')[1] ?? ''));
    const prefixes: Readonly<Record<string, string>> = {
      ApiGateway: 'apigateway',
      CertificateManager: 'acm',
      CloudWatch: 'cloudwatch',
      Cognito: 'cognito-idp',
      FirstAdmin: 'lambda',
      Serverless: 'lambda',
    };
    const granted = new Set([...allActions].map((action) => action.split(':')[0] ?? ''));
    const missing = [...services].filter((service) => !granted.has(prefixes[service] ?? service.toLowerCase()));
    expect(missing).toEqual([]);
  });

  it('cannot delete people, rows or files', () => {
    const forbidden = ['cognito-idp:DeleteUserPool', 'dynamodb:DeleteTable', 's3:DeleteBucket', 's3:DeleteObject'];
    expect(forbidden.filter((action) => allActions.has(action))).toEqual([]);
  });

  it('passes a role to Lambda only, and after the second step one role only', () => {
    const first = statementNamed('PassFunctionRole');
    const condition = { StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' } };
    expect(first).toMatchObject({ Action: 'iam:PassRole', Condition: condition });
    expect(resourcesOf(first)).toEqual(['arn:aws:iam::ACCOUNT_ID:role/STACK_NAME-FunctionRole-*']);
    const PassRoleArns = 'arn:aws:iam::123456789012:role/pennyworth-FunctionRole-Ab1';
    const second = statementNamed('PassFunctionRole', { PassRoleArns });
    expect(second).toMatchObject({ Action: 'iam:PassRole', Resource: [PassRoleArns], Condition: condition });
    expect(statementsOf().filter((each) => actionsOf(each).includes('iam:PassRole'))).toEqual([first]);
  });

  it('has a policy for the stack that protects what can never be replaced', async () => {
    const policy: unknown = JSON.parse(await readFile(path.join(folder, 'stack-policy.json'), 'utf8'));
    const ids = Object.keys(neverReplaced).map((id) => `LogicalResourceId/${id}`);
    expect(at(policy, 'Statement', 1)).toMatchObject({ Effect: 'Deny', Action: ['Update:Replace', 'Update:Delete'] });
    expect(resourcesOf(at(policy, 'Statement', 1)).toSorted()).toEqual(ids.toSorted());
    expect([...allActions].filter((action) => action.includes('StackPolicy'))).toEqual([]);
  });

  it('makes roles only within the boundary, where there is one', () => {
    const PermissionsBoundaryArn = 'arn:aws:iam::123456789012:policy/boundary';
    expect(at(statementNamed('MakeFunctionRole'), 'Condition')).toBeUndefined();
    const bound = statementNamed('MakeFunctionRole', { PermissionsBoundaryArn });
    expect(at(bound, 'Condition')).toEqual({ StringEquals: { 'iam:PermissionsBoundary': PermissionsBoundaryArn } });
    // What would widen a role, or let others take it on, is nowhere outside that statement.
    const widening = /^iam:(CreateRole|(Put|Attach|UpdateAssume)Role\w+)$/;
    expect([...allActions].filter((action) => widening.test(action)).toSorted()).toEqual(actionsOf(bound).toSorted());
  });

  it('lets API Gateway alone make the role it needs for itself', () => {
    expect(statementNamed('ApiGatewaysOwnRole')).toMatchObject({
      Action: 'iam:CreateServiceLinkedRole',
      Condition: { StringEquals: { 'iam:AWSServiceName': 'ops.apigateway.amazonaws.com' } },
    });
  });

  it.each([
    ['an environment', {}, 'repo:GITHUB_OWNER/pennyworth:environment:production'],
    ['a branch', { GitHubEnvironment: '' }, 'repo:GITHUB_OWNER/pennyworth:ref:refs/heads/main'],
  ])('trusts one repository, and of it %s', (_, parameters, subject) => {
    const trust = policyOf(resolveDeployRole(text, parameters), 'DeployRole', 'AssumeRolePolicyDocument');
    expect(at(trust, 'Statement')).toEqual([
      {
        Effect: 'Allow',
        Action: 'sts:AssumeRoleWithWebIdentity',
        Principal: { Federated: 'arn:aws:iam::ACCOUNT_ID:oidc-provider/token.actions.githubusercontent.com' },
        Condition: {
          StringEquals: {
            'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
            'token.actions.githubusercontent.com:sub': subject,
          },
        },
      },
    ]);
  });
});
