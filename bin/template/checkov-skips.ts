/** Checks of checkov that the template fails on purpose. One that it no longer fails must go from this list. */
export const checkovSkips: Readonly<Record<string, string>> = {
  CKV_AWS_18:
    'Access logs of the bucket are objects that are kept and billed; what lies in it is sealed and reached by one role.',
  CKV_AWS_21: 'Versions would keep what a person has deleted; objects are written once and end by themselves.',
  CKV_AWS_26:
    "CloudWatch and EventBridge cannot write to a topic under AWS's own SNS key; a customer's key costs $1 a month.",
  CKV_AWS_28: 'Point-in-time recovery is billed by size: the parameter PointInTimeRecovery.',
  CKV_AWS_76: 'Access logs need a role of the whole account; the function logs each request with its id.',
  CKV_AWS_116:
    'The function answers a waiting caller; the two asynchronous events it gets are tried again by their sender.',
  CKV_AWS_117: 'In a VPC the function would need a NAT gateway at $32 a month to reach Bedrock.',
  CKV_AWS_119: "DynamoDB encrypts with its own keys; a customer's key costs $1 a month and a request for each use.",
  CKV_AWS_120: 'Answers are streams that nobody else may see; and a cache is billed by the hour.',
  CKV_AWS_158: "CloudWatch encrypts logs with its own keys; a customer's key costs $1 a month.",
  CKV_AWS_173: 'No variable is a secret; Lambda encrypts them with its own key.',
  CKV_AWS_192: 'A rule for Java’s logging library in front of a Node function.',
};
