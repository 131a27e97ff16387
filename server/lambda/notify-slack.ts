import type { Parameters } from '../aws/ssm.ts';

/** What SNS hands a function that is subscribed to a topic. */
export interface NotificationEvent {
  readonly Records: readonly { readonly Sns: { readonly Subject?: string | null; readonly Message: string } }[];
}

export function isNotificationEvent(event: unknown): event is NotificationEvent {
  if (typeof event !== 'object' || event === null || !('Records' in event) || !Array.isArray(event.Records))
    return false;
  return event.Records.length > 0 && event.Records.every(isSnsRecord);
}

function isSnsRecord(record: unknown): boolean {
  if (typeof record !== 'object' || record === null || !('Sns' in record)) return false;
  const { Sns: sns } = record;
  return typeof sns === 'object' && sns !== null && 'Message' in sns && typeof sns.Message === 'string';
}

/** Slack cuts a message that is longer. */
const longestText = 3_000;

/**
 * Posts each notification to the incoming webhook that the SSM parameter holds.
 * @throws Error when there is no webhook, or it refuses; SNS then tries again
 */
export async function notifySlack(
  event: NotificationEvent,
  parameters: Parameters,
  parameterName: string,
): Promise<void> {
  const webhook = await parameters.find(parameterName);
  if (webhook === undefined) throw new Error(`there is no parameter ${parameterName} with Slack's webhook`);
  for (const { Sns } of event.Records) {
    const response = await fetch(webhook, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text: slackText(Sns) }),
    });
    if (!response.ok) throw new Error(`Slack's webhook answered with status ${response.status}`);
  }
}

interface Alarm {
  readonly AlarmName: string;
  readonly NewStateValue: string;
  readonly NewStateReason: string;
  readonly AlarmDescription: string | null;
}

/** An alarm of CloudWatch in words; anything else as it came. */
export function slackText({ Subject, Message }: NotificationEvent['Records'][number]['Sns']): string {
  const alarm = readAlarm(Message);
  const text = alarm
    ? `*${alarm.NewStateValue}* ${alarm.AlarmName}\n${alarm.AlarmDescription ? `${alarm.AlarmDescription}\n` : ''}${alarm.NewStateReason}`
    : `${Subject ? `*${Subject}*\n` : ''}${Message}`;
  return escaped(text).slice(0, longestText);
}

function readAlarm(message: string): Alarm | undefined {
  let value: unknown;
  try {
    value = JSON.parse(message);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const fields: Readonly<Record<string, unknown>> = { ...value };
  const { AlarmName, NewStateValue, NewStateReason, AlarmDescription } = fields;
  if (typeof AlarmName !== 'string' || typeof NewStateValue !== 'string' || typeof NewStateReason !== 'string') {
    return undefined;
  }
  return {
    AlarmName,
    NewStateValue,
    NewStateReason,
    AlarmDescription: typeof AlarmDescription === 'string' ? AlarmDescription : null,
  };
}

/** Slack's three control characters: what stands in an alarm must not become a link or a mention. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
