import { setTimeout as delay } from 'node:timers/promises';
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

const mostTries = 3;

/**
 * Posts each notification to the incoming webhook that the SSM parameter holds.
 * @param pauseMs between two tries
 * @throws Error when there is no webhook, or it did not take a notification in three tries. Never with the webhook's
 * address, which is a secret: whoever has it can post.
 */
export async function notifySlack(
  event: NotificationEvent,
  parameters: Parameters,
  parameterName: string,
  pauseMs = 1_000,
): Promise<void> {
  const webhook = (await parameters.find(parameterName))?.trim();
  if (webhook === undefined) throw new Error(`there is no parameter ${parameterName} with Slack's webhook`);
  if (!isWebhook(webhook)) throw new Error(`the parameter ${parameterName} does not hold an address with https://`);
  for (const { Sns } of event.Records) {
    const body = JSON.stringify({ text: slackText(Sns) });
    for (let attempt = 1; ; attempt++) {
      const failure = await post(webhook, body);
      if (failure === undefined) break;
      if (attempt === mostTries) throw new Error(`Slack's webhook ${failure}`);
      await delay(pauseMs);
    }
  }
}

/** Plain HTTP only to this very machine. */
function isWebhook(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && hostname === '127.0.0.1');
}

/** @returns what went wrong; undefined: it was taken */
async function post(webhook: string, body: string): Promise<string | undefined> {
  const headers = { 'content-type': 'application/json' };
  try {
    const response = await fetch(webhook, { method: 'POST', headers, body, signal: AbortSignal.timeout(10_000) });
    return response.ok ? undefined : `answered with status ${response.status}`;
  } catch {
    // What fetch says may quote the address.
    return 'cannot be reached';
  }
}

interface Alarm {
  readonly AlarmName: string;
  readonly NewStateValue: string;
  readonly NewStateReason: string;
  readonly AlarmDescription: string | null;
}

/** An alarm of CloudWatch and a notice of ours (server/observe/notices.ts) in words; anything else as it came. */
export function slackText({ Subject, Message }: NotificationEvent['Records'][number]['Sns']): string {
  const fields = readFields(Message);
  const alarm = readAlarm(fields);
  const { event, subject, text } = fields;
  const isNotice = typeof event === 'string' && typeof subject === 'string' && typeof text === 'string';
  const told = isNotice ? `*${subject}*\n${text}` : `${Subject ? `*${Subject}*\n` : ''}${Message}`;
  return escaped(alarm ? alarmText(alarm) : told).slice(0, longestText);
}

function alarmText({ AlarmName, AlarmDescription, NewStateValue, NewStateReason }: Alarm): string {
  return `*${NewStateValue}* ${AlarmName}\n${AlarmDescription ? `${AlarmDescription}\n` : ''}${NewStateReason}`;
}

/** None of what is no JSON object. */
function readFields(message: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(message);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function readAlarm(fields: Readonly<Record<string, unknown>>): Alarm | undefined {
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
