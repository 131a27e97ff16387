import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';

/** Tokens by model id, as Bedrock itself counts them in CloudWatch. */
export interface BedrockTokens {
  readonly input: ReadonlyMap<string, number>;
  readonly output: ReadonlyMap<string, number>;
}

const daySeconds = 86_400;

/**
 * Sums Bedrock's own metrics `InputTokenCount` and `OutputTokenCount` over whole UTC days, all model ids of the account
 * and region (Bedrock's user guide, "Amazon Bedrock runtime metrics"). Asked for rarely, so the SDK's client is loaded
 * with the first question.
 * @throws the SDK's error
 */
export function createBedrockTokens(region: string): (from: string, to: string) => Promise<BedrockTokens> {
  let client: CloudWatchClient | undefined;
  return async (from, to) => {
    const sdk = await import('@aws-sdk/client-cloudwatch');
    client ??= new sdk.CloudWatchClient({ region, maxAttempts: 3 });
    const queryOf = (Id: string, metric: string) => ({
      Id,
      Expression: `SEARCH('{AWS/Bedrock,ModelId} MetricName="${metric}"', 'Sum', ${daySeconds})`,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudWatch fills it in
      Label: "${PROP('Dim.ModelId')}",
    });
    const sums = { input: new Map<string, number>(), output: new Map<string, number>() };
    let NextToken: string | undefined;
    do {
      const page = await client.send(
        new sdk.GetMetricDataCommand({
          StartTime: new Date(from),
          EndTime: new Date(Date.parse(to) + daySeconds * 1_000),
          MetricDataQueries: [queryOf('input', 'InputTokenCount'), queryOf('output', 'OutputTokenCount')],
          ...(NextToken !== undefined && { NextToken }),
        }),
        { abortSignal: AbortSignal.timeout(20_000) },
      );
      for (const { Id, Label = '', Values = [] } of page.MetricDataResults ?? []) {
        const sum = Id === 'input' ? sums.input : sums.output;
        sum.set(
          Label,
          Values.reduce((total, value) => total + value, sum.get(Label) ?? 0),
        );
      }
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return sums;
  };
}
