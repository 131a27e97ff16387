import type { Writable } from 'node:stream';
import packageFile from '../package.json' with { type: 'json' };
import { type App, createApp } from './app.ts';
import { createAwsClients } from './aws/clients.ts';
import { systemClock } from './clock.ts';
import { withConfigParameter } from './config-parameter.ts';
import { createContext } from './context.ts';
import { createColdStart } from './lambda/cold-start.ts';
import { type ApiGatewayEvent, isApiGatewayEvent, toRequest } from './lambda/event-request.ts';
import type { InvocationContext } from './lambda/streaming.ts';
import { writeResponse } from './lambda/write-response.ts';
import { createLogger } from './observe/logger.ts';
import { createMetrics } from './observe/metrics.ts';

// The gateway on Lambda, behind API Gateway's REST API in streaming mode. Made once a cold start; where that
// fails every answer is a clear error rather than a function that dies before it can say why.

/** What is left of Lambda's own limit when ours is reached: to end the answer, write the ledger and settle. */
const endingMs = 10_000;

const write = (line: string) => process.stdout.write(line);
const logger = createLogger(write);
const app = createColdStart(createLambdaApp, { clock: systemClock, logger });
void app();

export const handler = awslambda.streamifyResponse(
  async (event: unknown, stream: Writable, context: InvocationContext) => {
    if (isApiGatewayEvent(event)) return answer(event, stream, context);
    const { runTask } = await import('./lambda/tasks.ts');
    await runTask(event, process.env, logger);
    stream.end();
  },
);

async function answer(event: ApiGatewayEvent, stream: Writable, context: InvocationContext): Promise<void> {
  const deadline = Date.now() + context.getRemainingTimeInMillis() - endingMs;
  const answerTo = await app();
  const trace = await traceOf(process.env);
  const response = await answerTo({ ...toRequest(event), deadline, trace });
  await writeResponse(stream, { method: event.httpMethod }, response);
  // A Lambda never hears that its client has left; and it freezes when this returns.
  await response.finish?.({ clientClosed: false });
  await trace?.flush();
}

/** The runtime client sets the variable anew for each invocation (aws-lambda-ric 4.0.2). */
async function traceOf({ _X_AMZN_TRACE_ID: header, AWS_XRAY_DAEMON_ADDRESS: daemon }: NodeJS.ProcessEnv) {
  if (header === undefined || daemon === undefined || !header.includes('Sampled=1')) return undefined;
  const { createXRayTrace } = await import('./observe/x-ray.ts');
  return createXRayTrace(header, daemon);
}

async function createLambdaApp(): Promise<App> {
  const environment = await withConfigParameter(process.env, () => createAwsClients(process.env).parameters);
  const metrics = createMetrics({
    write,
    namespace: environment['POWERTOOLS_METRICS_NAMESPACE'] ?? 'Pennyworth',
    service: environment['POWERTOOLS_SERVICE_NAME'] ?? 'pennyworth',
  });
  return createApp(createContext({ environment, version: packageFile.version, logger, metrics }));
}
