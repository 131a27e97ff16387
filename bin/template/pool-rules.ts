import { ofType } from './facts.ts';
import neverReplaced from './never-replaced.json' with { type: 'json' };
import type { Deployment } from './resolve.ts';
import { at, entriesOf, isSame, listOf } from './tree.ts';

/** Cognito's limits on custom attributes; service model and "Quotas in Amazon Cognito". */
const mostAttributes = 50;
const longestName = 20;
const longestValue = 2048;

/** What nobody's own token may read or write, whatever else changes: the key slots and policies. */
export function poolRules(deployment: Deployment): string[] {
  const found: string[] = [];
  const pools = ofType(deployment, 'AWS::Cognito::UserPool');
  if (pools.length !== 1) found.push(`there are ${pools.length} user pools: people and keys live in one`);
  for (const { id, properties } of pools) {
    found.push(...schemaRules(id, listOf(properties['Schema'])));
    const expected: readonly (readonly [path: readonly string[], value: unknown])[] = [
      [['DeletionProtection'], 'ACTIVE'],
      [['UserPoolTier'], 'ESSENTIALS'],
      [['MfaConfiguration'], 'OPTIONAL'],
      [['EnabledMfas'], ['SOFTWARE_TOKEN_MFA']],
      [['AutoVerifiedAttributes'], ['email']],
      [['AdminCreateUserConfig', 'AllowAdminCreateUserOnly'], true],
      // With device tracking on, a refresh without the device's key fails.
      [['DeviceConfiguration'], undefined],
    ];
    for (const [path, value] of expected) {
      if (!isSame(at(properties, ...path), value)) {
        found.push(`${id}: ${path.join('.')} must be ${JSON.stringify(value) ?? 'left out'}`);
      }
    }
    const invitation = String(at(properties, 'AdminCreateUserConfig', 'InviteMessageTemplate', 'EmailMessage'));
    if (!invitation.includes('{####}') || !invitation.includes('{username}')) {
      found.push(`${id}: Cognito takes an invitation only with {####} and {username} in it`);
    }
  }
  return [...found, ...clientRules(deployment), ...groupRules(deployment)];
}

function schemaRules(id: string, schema: readonly unknown[]): string[] {
  const found: string[] = [];
  if (schema.length > mostAttributes) found.push(`${id}: Cognito takes ${mostAttributes} attributes at most`);
  for (const attribute of schema) {
    const name = String(at(attribute, 'Name'));
    const where = `${id}: attribute ${name}`;
    if (at(attribute, 'AttributeDataType') === undefined) {
      found.push(`${where} needs AttributeDataType: without it the pool is made and every later update fails`);
    }
    if (name.length > longestName) found.push(`${where}: a name has ${longestName} characters at most`);
    if (Number(at(attribute, 'StringAttributeConstraints', 'MaxLength')) > longestValue) {
      found.push(`${where}: Cognito keeps ${longestValue} characters at most`);
    }
  }
  return found;
}

function clientRules(deployment: Deployment): string[] {
  const found: string[] = [];
  for (const { id, properties } of ofType(deployment, 'AWS::Cognito::UserPoolClient')) {
    for (const list of ['ReadAttributes', 'WriteAttributes']) {
      const names = listOf(properties[list]).map(String);
      // Left out, the list means every standard attribute; later versions of Cognito may mean more by it.
      if (names.length === 0) found.push(`${id}: ${list} must be written out`);
      const slots = names.filter((name) => name.startsWith('custom:') || name.startsWith('dev:'));
      if (slots.length > 0) found.push(`${id}: ${list} gives a person's own token ${slots.join(', ')}`);
    }
    if (listOf(properties['WriteAttributes']).includes('email')) {
      found.push(`${id}: WriteAttributes has email, with which a person could take over another's address`);
    }
    const expected: readonly (readonly [name: string, value: unknown])[] = [
      ['ExplicitAuthFlows', ['ALLOW_USER_SRP_AUTH']],
      ['RefreshTokenRotation', { Feature: 'ENABLED', RetryGracePeriodSeconds: 10 }],
      ['EnableTokenRevocation', true],
      ['PreventUserExistenceErrors', 'ENABLED'],
      ['GenerateSecret', false],
      ...oauthSettings(id, deployment),
    ];
    for (const [name, value] of expected) {
      if (!isSame(properties[name], value)) {
        found.push(`${id}: ${name} must be ${JSON.stringify(value) ?? 'left out'}`);
      }
    }
  }
  return found;
}

/** One app client signs in by the browser, for /mcp and nothing else; with the address of the gateway all over it. */
function oauthSettings(id: string, deployment: Deployment): readonly (readonly [name: string, value: unknown])[] {
  if (id !== 'McpClient') return [['AllowedOAuthFlows', undefined]];
  const base = String(at(deployment.outputs, 'ApiUrl', 'Value')).replace(/\/<[^/]*>$/, '/prod');
  const [server] = ofType(deployment, 'AWS::Cognito::UserPoolResourceServer');
  return [
    ['AllowedOAuthFlowsUserPoolClient', true],
    ['AllowedOAuthFlows', ['code']],
    [
      'AllowedOAuthScopes',
      server?.properties['Identifier'] === `${base}/mcp` ? ['<McpResourceServer>/use'] : undefined,
    ],
    ['CallbackURLs', [`${base}/oauth/callback`]],
  ];
}

function groupRules(deployment: Deployment): string[] {
  const names = ofType(deployment, 'AWS::Cognito::UserPoolGroup').map(({ properties }) => properties['GroupName']);
  return isSame([...names].sort(), ['admin', 'auditor']) ? [] : ['the groups must be admin and auditor'];
}

/**
 * Holds what AWS can only replace, or not change at all, to the copy in `never-replaced.json`. CloudFormation and the
 * linters take such a change; the deployment then fails half-way, or makes an empty pool or table beside the full one.
 */
export function neverReplacedRules(deployment: Deployment): string[] {
  const found: string[] = [];
  for (const [id, kept] of entriesOf(neverReplaced)) {
    const { type, properties } = deployment.resources.find((resource) => resource.id === id) ?? {};
    if (type !== at(kept, 'type')) {
      found.push(
        `${id} (${String(at(kept, 'type'))}) is gone: renamed or removed, its people, keys or rows are left behind`,
      );
      continue;
    }
    for (const [name, value] of entriesOf(at(kept, 'properties'))) {
      if (name === 'Schema') found.push(...schemaChanges(id, listOf(value), listOf(properties?.[name])));
      else if (!isSame(properties?.[name] ?? null, value)) {
        found.push(`${id}: ${name} must stay ${JSON.stringify(value)}: AWS would make a new, empty one in its place`);
      }
    }
  }
  return found;
}

function schemaChanges(id: string, kept: readonly unknown[], now: readonly unknown[]): string[] {
  const found: string[] = [];
  const nameOf = (attribute: unknown) => String(at(attribute, 'Name'));
  const byName = new Map(now.map((attribute) => [nameOf(attribute), attribute]));
  for (const attribute of kept) {
    const name = nameOf(attribute);
    const current = byName.get(name);
    byName.delete(name);
    if (isSame(current, attribute)) continue;
    const what = current === undefined ? 'is gone' : 'is changed';
    found.push(
      `${id}: attribute ${name} ${what}. Cognito can neither change nor remove an attribute of a pool, so the deployment would fail half-way: put it back as it was, and add another attribute where you need one`,
    );
  }
  for (const name of byName.keys()) {
    found.push(
      `${id}: attribute ${name} is new. It can never be changed or removed again: if it is right, add it to bin/template/never-replaced.json`,
    );
  }
  return found;
}
