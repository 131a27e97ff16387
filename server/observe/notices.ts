import type { SNSClient, SNSClientConfig } from '@aws-sdk/client-sns';
import { type Logger, reasonOf } from './logger.ts';

/** What an operator hears of by e-mail or in Slack. */
export interface Notice {
  readonly event: 'budget_threshold' | 'cost_spike';
  /** One line. */
  readonly subject: string;
  /** The same in whole sentences. */
  readonly text: string;
  /** Never a word of a caller's, nor an e-mail address: the topic's mails go through many hands. */
  readonly facts: Readonly<Record<string, string | number | null>>;
}

export interface Notices {
  /** Takes two seconds at most and never throws: a notice that does not get out is `notice_failed` in the log. */
  publish(notice: Notice): Promise<void>;
}

export interface NoticesOptions {
  /** null: nobody is told, as on the local stack. */
  readonly topicArn: string | null;
  readonly clientConfig: SNSClientConfig;
  readonly logger: Logger;
}

const timeoutMs = 2_000;

/** To the stack's topic; the SDK's client is loaded with the first notice, since there are a few a month. */
export function createNotices({ topicArn, clientConfig, logger }: NoticesOptions): Notices {
  let client: SNSClient | undefined;
  return {
    async publish({ event, subject, text, facts }) {
      if (topicArn === null) return;
      try {
        const sdk = await import('@aws-sdk/client-sns');
        client ??= new sdk.SNSClient({ maxAttempts: 2, ...clientConfig });
        const Message = JSON.stringify({ event, subject, text, ...facts }, null, 2);
        const command = new sdk.PublishCommand({ TopicArn: topicArn, Subject: mailSubject(subject), Message });
        await client.send(command, { abortSignal: AbortSignal.timeout(timeoutMs) });
      } catch (error) {
        logger.error('notice_failed', { kind: event, cause: reasonOf(error) });
      }
    },
  };
}

/** SNS refuses a subject of 100 characters and more, or with control characters in it (its API reference, "Publish"). */
function mailSubject(subject: string): string {
  return subject.replace(/\p{C}/gu, ' ').slice(0, 99);
}
