import { createApp } from '../app.ts';
import { gatewayEnvironment } from '../auth/test-gateway.ts';
import type { AwsClients } from '../aws/clients.ts';
import { parseCatalogueFile } from '../catalogue/file.ts';
import catalogueFile from '../catalogue/models.json' with { type: 'json' };
import { type Context, createContext } from '../context.ts';
import type { FaultPoints } from '../keys/fault-points.ts';
import type { Deployment, TestClock } from '../keys/test-deployment.ts';
import { startBedrock } from '../local/bedrock/emulator.ts';
import type { Emulator } from '../local/emulator.ts';
import { createLogger } from '../observe/logger.ts';

export const startSimulator = (): Promise<Emulator> =>
  startBedrock({ models: parseCatalogueFile(catalogueFile).models });

/** One process of the gateway for tests, asked as an adapter asks it, to the end of what follows an answer. */
export interface Process {
  readonly context: Context;
  readonly logLines: readonly string[];
  ask(key: string, body: object, headers?: Readonly<Record<string, string>>): Promise<Asked>;
}

export interface Asked {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

export interface ProcessOptions {
  /** Where it dies. */
  readonly faults?: FaultPoints;
  readonly environment?: Readonly<Record<string, string>>;
  readonly clock?: TestClock;
}

export function startProcess(
  deployment: Deployment,
  bedrock: Emulator,
  { faults, environment, clock = deployment.clock }: ProcessOptions = {},
): Process {
  const logLines: string[] = [];
  const context = createContext({
    environment: { ...gatewayEnvironment(deployment), AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrock.url, ...environment },
    version: '0.0.0',
    logger: createLogger((line) => logLines.push(line)),
    clock,
    ...(faults && { wrapClients: (clients) => withFaults(clients, faults) }),
  });
  const app = createApp(context);
  return {
    context,
    logLines,
    async ask(key, body, headers = {}) {
      const bytes = Buffer.from(JSON.stringify(body));
      const sent = { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers };
      const response = await app({
        method: 'POST',
        path: '/v1/chat/completions',
        query: new URLSearchParams(),
        headers: Object.fromEntries(Object.entries(sent).map(([name, value]) => [name, [value]])),
        sourceIp: '192.0.2.7',
        baseUrl: 'http://127.0.0.1:8787',
        readBody: async () => bytes,
      });
      let text = '';
      if (typeof response.body === 'string') text = response.body;
      else for await (const piece of response.body) text += piece;
      await response.finish?.({ clientClosed: false });
      return { status: response.status, headers: response.headers, text };
    },
  };
}

/** Every answer of AWS's is a fault point, and so is each piece of a stream. */
function withFaults(clients: AwsClients, faults: FaultPoints): AwsClients {
  const bedrock = faults.wrap(clients.bedrock);
  return {
    dynamo: faults.wrap(clients.dynamo),
    cognito: faults.wrap(clients.cognito),
    parameters: faults.wrap(clients.parameters),
    bedrock: {
      converse: (...call) => bedrock.converse(...call),
      countTokens: (...call) => bedrock.countTokens(...call),
      async converseStream(...call) {
        const open = await bedrock.converseStream(...call);
        return { ...open, messages: faults.iterate(open.messages) };
      },
      async invokeModelStream(...call) {
        const open = await bedrock.invokeModelStream(...call);
        return { ...open, messages: faults.iterate(open.messages) };
      },
    },
  };
}
