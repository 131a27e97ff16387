import { readSettings } from '../../server/settings.ts';
import { functionsOf } from './facts.ts';
import type { Deployment } from './resolve.ts';
import type { Parameters } from './scenarios.ts';
import { at, entriesOf } from './tree.ts';

/** Names that scripts, documents and other people's automation rely on. */
const neededParameters = [
  'AcmCertificateArn',
  'AdminEmail',
  'BaseDomain',
  'CostSpikeUsdPerHour',
  'LogRetentionDays',
  'NotificationEmail',
  'Route53HostedZoneId',
];
const neededOutputs = ['ApiUrl', 'UserPoolId', 'UserPoolClientId'];

/** Every parameter may be left out and says what it is for. */
export function parameterRules(template: unknown): string[] {
  const declared = entriesOf(at(template, 'Parameters'));
  const names = new Set(declared.map(([name]) => name));
  const found = neededParameters.filter((name) => !names.has(name)).map((name) => `there is no parameter ${name}`);
  for (const [name, parameter] of declared) {
    if (at(parameter, 'Default') === undefined) found.push(`parameter ${name} must have a default`);
    if (at(parameter, 'Description') === undefined) found.push(`parameter ${name} must say what it is for`);
  }
  return found;
}

/** The outputs that others read, and variables with which the server starts. */
export function nameRules(deployment: Deployment, parameters: Parameters): string[] {
  const found = neededOutputs
    .filter((name) => at(deployment.outputs, name, 'Value') === undefined)
    .map((name) => `there is no output ${name}`);
  const domain = parameters['BaseDomain'];
  const url = String(at(deployment.outputs, 'ApiUrl', 'Value'));
  const expected = domain === undefined ? /^https:\/\/<Api>\.execute-api\..*\/<.+>$/ : /^https:\/\/api\.example\.com$/;
  if (!expected.test(url)) found.push(`ApiUrl must be the address of the stage, or of api.<BaseDomain>; it is ${url}`);
  for (const { id, properties } of functionsOf(deployment)) {
    try {
      readSettings(environmentOf(at(properties, 'Environment', 'Variables')));
    } catch (error) {
      found.push(`${id}: the server would not start: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return found;
}

/** What Lambda would set, with the ids of pool and topic as AWS makes them. */
function environmentOf(variables: unknown): Record<string, string> {
  const filled = entriesOf(variables).map(([name, value]) => [
    name,
    String(value)
      .replaceAll('<UserPool>', 'us-west-2_AbCdEf123')
      .replaceAll('<AWS::StackId 2>', '0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f')
      .replaceAll('<AWS::Region>', 'us-west-2')
      .replaceAll('<Topic>', 'arn:aws:sns:us-west-2:123456789012:pennyworth-alarms'),
  ]);
  return Object.fromEntries(filled);
}
