import { readTemplate } from './read.ts';
import { type Deployment, resolveTemplate } from './resolve.ts';
import type { Parameters } from './scenarios.ts';
import { at } from './tree.ts';

// doc/deploy/: the role of the deployment as a CloudFormation template, and what it says as JSON for whoever makes the
// role by hand. The JSON is made from the template, so that the two cannot differ.

/** Words to be replaced by hand in the JSON. */
const placeholders: Parameters = {
  GitHubOwner: 'GITHUB_OWNER',
  HostedZoneId: 'HOSTED_ZONE_ID',
  OidcProviderArn: 'arn:aws:iam::ACCOUNT_ID:oidc-provider/token.actions.githubusercontent.com',
  StackName: 'STACK_NAME',
};

/** The role's template with placeholders, and other parameters where given. */
export function resolveDeployRole(text: string, parameters: Parameters = {}): Deployment {
  return resolveTemplate(readTemplate(text), { ...placeholders, ...parameters });
}

/** A policy of that deployment, as IAM reads it. */
export function policyOf(deployment: Deployment, id: string, property = 'PolicyDocument'): unknown {
  const resource = deployment.resources.find((each) => each.id === id);
  const text = JSON.stringify(at(resource?.properties, property) ?? null);
  return JSON.parse(
    text
      .replaceAll('<AWS::AccountId>', 'ACCOUNT_ID')
      .replaceAll('<AWS::Region>', 'REGION')
      .replaceAll('<AWS::Partition>', 'aws'),
  );
}

/** Name in doc/deploy and content of each JSON file. */
export function deployRoleFiles(text: string): ReadonlyMap<string, string> {
  const deployment = resolveDeployRole(text);
  const files = [
    ['pennyworth-deployment.json', policyOf(deployment, 'Deployment')],
    ['pennyworth-deployment-options.json', policyOf(deployment, 'DeploymentOptions')],
    ['pennyworth-github-deploy-role.json', policyOf(deployment, 'DeployRole', 'AssumeRolePolicyDocument')],
  ] as const;
  return new Map(files.map(([name, policy]) => [name, `${JSON.stringify(policy, null, 2)}\n`]));
}
