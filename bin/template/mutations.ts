/** One mistake that somebody could make in template.yaml. */
export interface TemplateMutation {
  readonly mistake: string;
  /** Text that is there; every place of it is changed. */
  readonly from: string;
  readonly to: string;
  /** In what the gate says about it, where it is not the translator that refuses it. */
  readonly says: string;
}

/** The first ten are those that linters were tried on (most pass all of them); the rest is what else would hurt. */
export const templateMutations: readonly TemplateMutation[] = [
  {
    mistake: "CloudFormation's word for streaming in SAM's place: buffered, 29 s",
    from: 'ResponseTransferMode: RESPONSE_STREAM',
    to: 'ResponseTransferMode: STREAM',
    says: 'does not stream',
  },
  {
    mistake: 'a time limit of 9,000,000 ms',
    from: 'TimeoutInMillis: 900000',
    to: 'TimeoutInMillis: 9000000',
    says: 'ends after 9000000 ms',
  },
  { mistake: 'a runtime that does not exist', from: 'nodejs24.x', to: 'nodejs99.x', says: 'Runtime must be' },
  {
    mistake: 'a typing error in an IAM action',
    from: 'bedrock:InvokeModel,',
    to: 'bedrock:InvokeModal,',
    says: 'is not allowed bedrock:InvokeModel on',
  },
  {
    mistake: 'a typing error in a property',
    from: 'ResponseTransferMode: RESPONSE_STREAM',
    to: 'ReponseTransferMode: RESPONSE_STREAM',
    says: 'does not stream',
  },
  {
    mistake: 'an attribute longer than Cognito keeps',
    from: "{ Name: k07, AttributeDataType: String, Mutable: true, StringAttributeConstraints: { MinLength: '0', MaxLength: '2048' } }",
    to: "{ Name: k07, AttributeDataType: String, Mutable: true, StringAttributeConstraints: { MinLength: '0', MaxLength: '4096' } }",
    says: 'Cognito keeps 2048 characters at most',
  },
  {
    mistake: 'an attribute whose name is too long',
    from: '{ Name: policy,',
    to: '{ Name: policy_of_this_person,',
    says: 'a name has 20 characters at most',
  },
  {
    mistake: 'a tier of the pool that does not exist',
    from: 'UserPoolTier: ESSENTIALS',
    to: 'UserPoolTier: PREMIUM',
    says: 'UserPoolTier must be',
  },
  { mistake: 'a runtime that AWS has given up', from: 'nodejs24.x', to: 'nodejs20.x', says: 'Runtime must be' },
  {
    mistake: 'an attribute that a resource does not have',
    from: 'Resource: !GetAtt AuditTable.Arn',
    to: 'Resource: !GetAtt AuditTable.Name',
    says: 'is allowed dynamodb:PutItem on <AuditTable.Name>',
  },
  {
    mistake: 'an attribute without its type: every later update fails',
    from: '{ Name: k40, AttributeDataType: String,',
    to: '{ Name: k40,',
    says: 'attribute k40 needs AttributeDataType',
  },
  {
    mistake: 'an attribute that is renamed',
    from: '{ Name: k12,',
    to: '{ Name: key12,',
    says: 'attribute k12 is gone. Cognito can neither change nor remove',
  },
  {
    mistake: 'an attribute that is new',
    from: '        - { Name: policy,',
    to: '        - { Name: k41, AttributeDataType: String }\n        - { Name: policy,',
    says: 'attribute k41 is new',
  },
  {
    mistake: 'people named by their e-mail: the pool would be replaced',
    from: 'AliasAttributes: [email]',
    to: 'UsernameAttributes: [email]',
    says: 'AliasAttributes must stay',
  },
  {
    mistake: 'a person’s token may write a key slot',
    from: 'WriteAttributes: [name, locale]',
    to: "WriteAttributes: [name, locale, 'custom:k01']",
    says: "gives a person's own token custom:k01",
  },
  {
    mistake: 'a person’s token may read a key slot',
    from: 'ReadAttributes: [email, email_verified, name, locale]',
    to: "ReadAttributes: [email, email_verified, name, locale, 'custom:k01']",
    says: "gives a person's own token custom:k01",
  },
  {
    mistake: 'no list of writable attributes',
    from: '      WriteAttributes: [name, locale]\n',
    to: '',
    says: 'WriteAttributes must be written out',
  },
  {
    mistake: 'sign-in with the password itself',
    from: '[ALLOW_USER_SRP_AUTH]',
    to: '[ALLOW_USER_SRP_AUTH, ALLOW_USER_PASSWORD_AUTH]',
    says: 'ExplicitAuthFlows must be',
  },
  {
    mistake: 'anybody may sign up',
    from: 'AllowAdminCreateUserOnly: true',
    to: 'AllowAdminCreateUserOnly: false',
    says: 'AllowAdminCreateUserOnly must be true',
  },
  {
    mistake: 'the pool goes with the stack',
    from: 'Type: AWS::Cognito::UserPool\n    DeletionPolicy: Retain',
    to: 'Type: AWS::Cognito::UserPool\n    DeletionPolicy: Delete',
    says: 'UserPool: DeletionPolicy must be Retain',
  },
  {
    mistake: 'the audit trail can be changed',
    from: '              - Sid: Audit\n                Effect: Allow\n                Action: [dynamodb:PutItem, dynamodb:Query]',
    to: '              - Sid: Audit\n                Effect: Allow\n                Action: [dynamodb:PutItem, dynamodb:Query, dynamodb:UpdateItem]',
    says: 'is allowed dynamodb:UpdateItem on <AuditTable.Arn>',
  },
  {
    mistake: 'all actions on the table',
    from: 'Action: [dynamodb:DeleteItem, dynamodb:GetItem, dynamodb:PutItem, dynamodb:Query, dynamodb:UpdateItem]',
    to: "Action: 'dynamodb:*'",
    says: 'is allowed dynamodb:* on <Table.Arn>',
  },
  {
    mistake: 'notices to every topic of the account',
    from: 'Action: sns:Publish\n                Resource: !Ref Topic',
    to: "Action: sns:Publish\n                Resource: '*'",
    says: 'is allowed sns:Publish on *',
  },
  {
    mistake: 'people of every pool',
    from: 'Resource: !GetAtt UserPool.Arn',
    to: "Resource: '*'",
    says: 'is allowed cognito-idp:AdminGetUser on *',
  },
  {
    mistake: 'the root secret can be overwritten',
    from: "Condition: { StringEquals: { ssm:Overwrite: 'true' } }",
    to: "Condition: { StringEquals: { ssm:Overwrite: 'never' } }",
    says: 'must be denied to overwrite the root secret',
  },
  {
    mistake: 'a managed policy on the role',
    from: '  FunctionRole:\n    Type: AWS::IAM::Role\n    Properties:\n',
    to: "  FunctionRole:\n    Type: AWS::IAM::Role\n    Properties:\n      ManagedPolicyArns: ['arn:aws:iam::aws:policy/AmazonBedrockFullAccess']\n",
    says: "AWS's managed policies allow more",
  },
  {
    mistake: 'a role that SAM makes',
    from: '      Role: !GetAtt FunctionRole.Arn\n',
    to: '',
    says: 'Role must be',
  },
  {
    mistake: 'no permissions boundary',
    from: '      PermissionsBoundary: !If [HasPermissionsBoundary, !Ref PermissionsBoundaryArn, !Ref AWS::NoValue]\n',
    to: '',
    says: 'must have the permissions boundary',
  },
  {
    mistake: 'provisioned tables',
    from: 'BillingMode: PAY_PER_REQUEST',
    to: 'BillingMode: PROVISIONED',
    says: 'provisioned capacity is billed by the hour',
  },
  {
    mistake: 'backups for everybody',
    from: '!If [HasPointInTimeRecovery, true, false]',
    to: 'true',
    says: 'must wait for PointInTimeRecovery',
  },
  {
    mistake: 'provisioned concurrency',
    from: '      Tracing: Active\n',
    to: '      Tracing: Active\n      AutoPublishAlias: live\n      ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 1 }\n',
    says: 'is not known to cost nothing at rest',
  },
  {
    mistake: 'a cache for the API',
    from: '      StageName: prod\n',
    to: "      StageName: prod\n      CacheClusterEnabled: true\n      CacheClusterSize: '0.5'\n",
    says: 'CacheClusterEnabled is not known to cost nothing at rest',
  },
  {
    mistake: 'WAF for everybody',
    from: '    Condition: HasWaf\n',
    to: '',
    says: 'must wait for WafRequestsPer5Minutes',
  },
  {
    mistake: "a customer's key",
    from: '  Topic:\n',
    to: '  Key:\n    Type: AWS::KMS::Key\n    Properties: { EnableKeyRotation: true }\n\n  Topic:\n',
    says: 'AWS::KMS::Key is not known to cost nothing at rest',
  },
  {
    mistake: 'an alarm that rings while nobody calls',
    from: 'TreatMissingData: notBreaching',
    to: 'TreatMissingData: breaching',
    says: 'TreatMissingData must be notBreaching',
  },
  {
    mistake: 'an alarm on a metric that nobody writes',
    from: 'MetricName: CostUsd',
    to: 'MetricName: CostUSD',
    says: 'nothing writes Pennyworth CostUSD',
  },
  {
    mistake: 'log lines are kept for ever',
    from: '      RetentionInDays: !Ref LogRetentionDays\n',
    to: '',
    says: 'RetentionInDays must be LogRetentionDays',
  },
  {
    mistake: 'a bucket that can be made public',
    from: 'BlockPublicPolicy: true',
    to: 'BlockPublicPolicy: false',
    says: 'all four kinds of public access',
  },
  {
    mistake: 'a bucket without TLS',
    from: "Condition: { Bool: { aws:SecureTransport: 'false' } }",
    to: "Condition: { Bool: { aws:SecureTransport: 'maybe' } }",
    says: 'must refuse everything without TLS',
  },
  {
    mistake: 'OPTIONS answered by SAM, buffered',
    from: '      OpenApiVersion: 3.0.1\n',
    to: '      OpenApiVersion: 3.0.1\n      Cors: "\'*\'"\n',
    says: 'does not stream',
  },
  {
    mistake: 'an edge-optimized API: cut after 30 silent seconds',
    from: 'EndpointConfiguration: { Type: REGIONAL }',
    to: 'EndpointConfiguration: { Type: EDGE }',
    says: 'must be REGIONAL',
  },
  {
    mistake: "a domain that leaves API Gateway's own address open",
    from: '      DisableExecuteApiEndpoint: !If [HasDomain, true, false]\n',
    to: '',
    says: "API Gateway's own address must be closed",
  },
  {
    mistake: 'a stage that stays as it is when a domain comes or goes',
    from: 'domain: !If [HasDomain, !Ref BaseDomain, none], ',
    to: '',
    says: 'a variable of the stage must name the domain',
  },
  {
    mistake: 'a function that is not told of the app client for /mcp',
    from: ', mcpClientId: !Ref McpClient',
    to: '',
    says: 'must name the app client for /mcp',
  },
  {
    mistake: 'codes for /mcp that go to a program on somebody’s computer',
    from: '      CallbackURLs:\n',
    to: '      CallbackURLs:\n        - http://localhost/callback\n',
    says: 'CallbackURLs must be',
  },
  {
    mistake: 'tokens for /mcp that may change their person’s data',
    from: '      AllowedOAuthScopes: [',
    to: '      AllowedOAuthScopes: [aws.cognito.signin.user.admin, ',
    says: 'AllowedOAuthScopes must be',
  },
  {
    mistake: 'a function that waits for the app client, which waits for the API, which waits for the function',
    from: '          PENNYWORTH_AUDIT_TABLE: !Ref AuditTable\n',
    to: '          PENNYWORTH_AUDIT_TABLE: !Ref AuditTable\n          PENNYWORTH_MCP_CLIENT_ID: !Ref McpClient\n',
    says: 'wait for each other in a circle',
  },
  {
    mistake: 'the implicit flow',
    from: 'AllowedOAuthFlows: [code]',
    to: 'AllowedOAuthFlows: [code, implicit]',
    says: 'AllowedOAuthFlows must be',
  },
  {
    mistake: 'EventBridge under a condition, which it never meets',
    from: 'Principal: { Service: events.amazonaws.com }\n',
    to: 'Principal: { Service: events.amazonaws.com }\n            Condition: { ArnEquals: { aws:SourceArn: !GetAtt StackChangeRule.Arn } }\n',
    says: 'events.amazonaws.com may publish without a condition',
  },
  {
    mistake: 'alarms of any account may be published',
    from: 'Principal: { Service: cloudwatch.amazonaws.com }\n            Action: sns:Publish\n            Resource: !Ref Topic\n            Condition: { StringEquals: { aws:SourceAccount: !Ref AWS::AccountId } }\n',
    to: 'Principal: { Service: cloudwatch.amazonaws.com }\n            Action: sns:Publish\n            Resource: !Ref Topic\n',
    says: 'cloudwatch.amazonaws.com may publish under a condition',
  },
  {
    mistake: 'no throttle',
    from: '          ThrottlingRateLimit: !Ref ThrottleRequestsPerSecond\n',
    to: '',
    says: 'the stage must let 200 requests a second',
  },
  {
    mistake: "API Gateway's own words in a refusal",
    from: '"error":{"message":$context.error.messageString,',
    to: '"message":$context.error.messageString,"error":{',
    says: "API Gateway's own answer DEFAULT_4XX is not in our error shape",
  },
  {
    mistake: 'a variable of the server that is missing',
    from: '          PENNYWORTH_AUDIT_TABLE: !Ref AuditTable\n',
    to: '',
    says: 'the server would not start',
  },
  {
    mistake: 'a function with a public address of its own',
    from: '      Tracing: Active\n',
    to: '      Tracing: Active\n      FunctionUrlConfig: { AuthType: NONE, InvokeMode: RESPONSE_STREAM }\n',
    says: 'is not known to cost nothing at rest',
  },
];

/** @throws Error when the text is not there: the mistake would not be made. */
export function makeMistake(template: string, { mistake, from, to }: TemplateMutation): string {
  if (!template.includes(from)) throw new Error(`"${mistake}": template.yaml has no ${JSON.stringify(from)}`);
  return template.replaceAll(from, to);
}
