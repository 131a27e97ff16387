/** Parameters beside the defaults, as an operator would set them. */
export type Parameters = Readonly<Record<string, string>>;

export interface Scenario {
  readonly name: string;
  readonly parameters: Parameters;
}

/** What costs something while nobody calls; each is off unless asked for. */
const charged: Parameters = { WafRequestsPer5Minutes: '2000', PointInTimeRecovery: 'true' };

/** The template with nothing asked for, and with everything: each rule holds in both. */
export const scenarios: readonly Scenario[] = [
  { name: 'defaults', parameters: {} },
  {
    name: 'everything',
    parameters: {
      ...charged,
      AdminEmail: 'first@example.com',
      NotificationEmail: 'alarms@example.com',
      SlackWebhookParameter: '/pennyworth/slack-webhook',
      BaseDomain: 'example.com',
      Route53HostedZoneId: 'Z0123456789ABC',
      CorsOrigins: 'https://chat.example.com',
      ConfigParameter: '/pennyworth/config',
      FailOpen: '1',
      GitSha: '0123456789abcdef0123456789abcdef01234567',
      BedrockModelArns: 'arn:aws:bedrock:us-west-2::foundation-model/amazon.nova-lite-v1:0',
      GuardrailArns: 'arn:aws:bedrock:us-west-2:123456789012:guardrail/gr1abcdef234',
      ReservedConcurrency: '50',
      MonthlyBudgetUsd: '100',
      PermissionsBoundaryArn: 'arn:aws:iam::123456789012:policy/boundary',
    },
  },
];
