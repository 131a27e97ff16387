import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { AdminGetUserCommand, CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';

// What a cold start is compared with: the least a gateway with people, budgets and a model would be, on the AWS SDK's
// three clients and zod as they come. It checks nothing and writes nothing.

const bedrock = new BedrockRuntimeClient({});
const dynamo = new DynamoDBClient({});
const cognito = new CognitoIdentityProviderClient({});
const Event = z.object({ body: z.string() });
const Body = z.object({ model: z.string(), messages: z.array(z.object({ content: z.string() })) });

export const handler = awslambda.streamifyResponse(async (event, stream) => {
  const body = Body.parse(JSON.parse(Event.parse(event).body));
  const who = { UserPoolId: process.env['PENNYWORTH_USER_POOL_ID'], Username: process.env['TEST_USERNAME'] };
  const key = { pk: { S: 'U#nobody' }, sk: { S: 'B' } };
  await dynamo.send(new GetItemCommand({ TableName: process.env['PENNYWORTH_TABLE'], Key: key }));
  await cognito.send(new AdminGetUserCommand(who));
  const messages = body.messages.map(({ content }) => ({ role: 'user' as const, content: [{ text: content }] }));
  const answer = await bedrock.send(new ConverseCommand({ modelId: process.env['TEST_MODEL_ID'], messages }));
  const responding = awslambda.HttpResponseStream.from(stream, { statusCode: 200, headers: {} });
  responding.end(JSON.stringify(answer.output));
});
