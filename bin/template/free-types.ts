/** A type of resource that may be in the template. */
export interface FreeType {
  /** Why a month without calls costs nothing. */
  readonly why: string;
  /** Properties it may have; any other could bring a charge of its own. */
  readonly properties: string;
  /** USD a month while nobody calls, where the operator has asked for it by this parameter. */
  readonly onRequest?: { readonly parameter: string; readonly usd: string };
}

const perCall = 'billed by request';

/** Everything without a standing charge that is in use. Sources: AWS's price pages, as gathered in doc/costs.md. */
export const freeTypes: Readonly<Record<string, FreeType>> = {
  'AWS::Serverless::Api': {
    why: perCall,
    properties:
      'Name StageName OpenApiVersion EndpointConfiguration DisableExecuteApiEndpoint BinaryMediaTypes Variables TracingEnabled MethodSettings GatewayResponses',
  },
  'AWS::Serverless::Function': {
    why: perCall,
    properties:
      'FunctionName Description Runtime Architectures CodeUri Handler MemorySize Timeout Role Tracing ReservedConcurrentExecutions LoggingConfig Environment Events',
  },
  'AWS::Lambda::Function': {
    why: 'billed by request and duration; 75 GB of code are free',
    properties:
      'FunctionName Description Runtime Architectures Code Handler MemorySize Timeout Role TracingConfig ReservedConcurrentExecutions LoggingConfig Environment Tags',
  },
  'AWS::Lambda::Permission': { why: 'a policy', properties: 'Action FunctionName Principal SourceArn' },
  'AWS::ApiGateway::RestApi': {
    why: perCall,
    properties: 'Name Body Parameters EndpointConfiguration BinaryMediaTypes',
  },
  'AWS::ApiGateway::Deployment': { why: 'a version of the API', properties: 'Description RestApiId' },
  'AWS::ApiGateway::Stage': {
    why: `${perCall}; throttling is free`,
    properties: 'DeploymentId RestApiId StageName Variables TracingEnabled MethodSettings',
  },
  'AWS::ApiGateway::DomainName': {
    why: 'domain names of an API are free',
    properties: 'DomainName RegionalCertificateArn EndpointConfiguration SecurityPolicy',
  },
  'AWS::ApiGateway::BasePathMapping': { why: 'a setting', properties: 'DomainName RestApiId Stage' },
  'AWS::CertificateManager::Certificate': {
    why: 'public certificates are free',
    properties: 'DomainName ValidationMethod DomainValidationOptions',
  },
  'AWS::Route53::RecordSet': {
    why: 'queries for an alias to an API are free; the zone is yours',
    properties: 'HostedZoneId Name Type AliasTarget',
  },
  'AWS::Cognito::UserPool': {
    why: 'billed by people who are active in a month, the first 10,000 free',
    properties:
      'UserPoolName UserPoolTier DeletionProtection AliasAttributes UsernameConfiguration AutoVerifiedAttributes UserAttributeUpdateSettings AccountRecoverySetting MfaConfiguration EnabledMfas Policies EmailConfiguration AdminCreateUserConfig Schema',
  },
  'AWS::Cognito::UserPoolClient': {
    why: 'app clients for people are free',
    properties:
      'UserPoolId ClientName GenerateSecret ExplicitAuthFlows RefreshTokenRotation EnableTokenRevocation PreventUserExistenceErrors SupportedIdentityProviders AccessTokenValidity IdTokenValidity RefreshTokenValidity TokenValidityUnits ReadAttributes WriteAttributes AllowedOAuthFlowsUserPoolClient AllowedOAuthFlows AllowedOAuthScopes CallbackURLs',
  },
  'AWS::Cognito::UserPoolDomain': {
    why: 'domains with a prefix are free',
    properties: 'UserPoolId Domain ManagedLoginVersion',
  },
  'AWS::Cognito::UserPoolResourceServer': {
    why: 'a setting; only tokens for machines are billed',
    properties: 'UserPoolId Identifier Name Scopes',
  },
  'AWS::Cognito::ManagedLoginBranding': {
    why: 'a setting',
    properties: 'UserPoolId ClientId UseCognitoProvidedValues',
  },
  'AWS::Cognito::UserPoolGroup': { why: 'groups are free', properties: 'UserPoolId GroupName Description' },
  'Custom::FirstAdmin': {
    why: 'one call of the function at a deployment',
    properties: 'ServiceToken ServiceTimeout Email',
  },
  'AWS::DynamoDB::Table': {
    why: 'on demand; the first 25 GB are free',
    properties:
      'BillingMode DeletionProtectionEnabled AttributeDefinitions KeySchema TimeToLiveSpecification PointInTimeRecoverySpecification',
  },
  'AWS::S3::Bucket': {
    why: 'billed by what lies in it; everything ends by itself',
    properties: 'BucketEncryption OwnershipControls PublicAccessBlockConfiguration LifecycleConfiguration',
  },
  'AWS::S3::BucketPolicy': { why: 'a policy', properties: 'Bucket PolicyDocument' },
  'AWS::Logs::LogGroup': {
    why: 'billed by what is written, the first 5 GB free; everything ends by itself',
    properties: 'LogGroupName RetentionInDays',
  },
  'AWS::IAM::Role': { why: 'IAM is free', properties: 'AssumeRolePolicyDocument PermissionsBoundary Policies' },
  'AWS::SNS::Topic': { why: 'billed by message', properties: 'TopicName' },
  'AWS::SNS::TopicPolicy': { why: 'a policy', properties: 'Topics PolicyDocument' },
  'AWS::SNS::Subscription': {
    why: 'billed by message, the first 1,000 e-mails free',
    properties: 'TopicArn Protocol Endpoint',
  },
  'AWS::Events::Rule': {
    why: "AWS's own events are free",
    properties: 'Name Description EventPattern Targets',
  },
  'AWS::CloudWatch::Alarm': {
    why: 'ten of an account are free',
    properties:
      'AlarmName AlarmDescription Namespace MetricName Dimensions Statistic ExtendedStatistic Unit Period EvaluationPeriods Threshold ComparisonOperator TreatMissingData AlarmActions OKActions',
  },
  'AWS::CloudWatch::Dashboard': { why: 'three of an account are free', properties: 'DashboardName DashboardBody' },
  'AWS::Budgets::Budget': {
    why: 'budgets without actions are free',
    properties: 'Budget NotificationsWithSubscribers',
  },
  'AWS::WAFv2::WebACL': {
    why: 'off by default',
    properties: 'Name Scope DefaultAction VisibilityConfig Rules',
    onRequest: { parameter: 'WafRequestsPer5Minutes', usd: '6.00' },
  },
  'AWS::WAFv2::WebACLAssociation': {
    why: 'off by default',
    properties: 'WebACLArn ResourceArn',
    onRequest: { parameter: 'WafRequestsPer5Minutes', usd: '0.00' },
  },
};
