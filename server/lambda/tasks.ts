import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { createAwsClients } from '../aws/clients.ts';
import { type Logger, reasonOf } from '../observe/logger.ts';
import { isCustomResourceEvent, makeFirstAdmin } from './first-admin.ts';
import { isNotificationEvent, notifySlack } from './notify-slack.ts';

/**
 * What the stack itself asks of the function, beside its answers to people: notifications for Slack, and the first admin.
 * A notification that Slack does not take is a line of the log: as an error it would be tried twice more by Lambda, ring the
 * alarm of failed invocations, and so make the next notification, without end.
 * @throws Error for any other event, and when CloudFormation does not take the outcome
 */
export async function runTask(
  event: unknown,
  environment: Readonly<Record<string, string | undefined>>,
  logger: Logger,
): Promise<void> {
  if (isNotificationEvent(event)) {
    try {
      const parameterName = required(environment, 'PENNYWORTH_SLACK_WEBHOOK_PARAMETER');
      await notifySlack(event, createAwsClients(environment).parameters, parameterName);
    } catch (error) {
      logger.error('slack_failed', { cause: reasonOf(error) });
    }
  } else if (isCustomResourceEvent(event)) {
    const userPoolId = required(environment, 'PENNYWORTH_USER_POOL_ID');
    await makeFirstAdmin(event, { cognito: new CognitoIdentityProviderClient({}), userPoolId }, logger);
  } else {
    throw new Error('this function answers API Gateway, SNS and CloudFormation only');
  }
}

function required(environment: Readonly<Record<string, string | undefined>>, name: string): string {
  const value = environment[name];
  if (value === undefined || value === '') throw new Error(`the environment lacks ${name}`);
  return value;
}
