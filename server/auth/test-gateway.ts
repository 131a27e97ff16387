import { createApp } from '../app.ts';
import { type Context, createContext } from '../context.ts';
import { auditTable, type Deployment, parameterName, type TestClock, table } from '../keys/test-deployment.ts';
import { listen } from '../local/emulator.ts';
import { createHttpServer } from '../local/node-http.ts';
import { createLogger } from '../observe/logger.ts';
import { createMetrics } from '../observe/metrics.ts';

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** `error.code` of the body, if it has one. */
  readonly code: string | undefined;
}

/**
 * For tests: the whole gateway over HTTP in this process, on the services of a deployment and by a clock of the test's.
 * One deployment at a time, because AWS's variables of the process are set to it.
 */
export interface Gateway {
  readonly url: string;
  readonly context: Context;
  readonly logLines: readonly string[];
  readonly metricLines: readonly string[];
  call(
    path: string,
    credential: string,
    options?: { readonly method?: string; readonly body?: string; readonly headers?: Readonly<Record<string, string>> },
  ): Promise<Reply>;
  close(): Promise<void>;
}

/** The variables of a gateway on these services. */
export function gatewayEnvironment(deployment: Deployment) {
  return {
    ...deployment.environment(),
    PENNYWORTH_TABLE: table,
    PENNYWORTH_AUDIT_TABLE: auditTable,
    PENNYWORTH_BUCKET: 'pennyworth-files',
    PENNYWORTH_USER_POOL_ID: deployment.userPoolId,
    PENNYWORTH_CLIENT_ID: deployment.clientId,
    PENNYWORTH_ROOT_SECRET_PARAMETER: parameterName,
  };
}

/** @param more variables beside those of the deployment */
export async function startGateway(
  deployment: Deployment,
  clock: TestClock = deployment.clock,
  more: Readonly<Record<string, string>> = {},
): Promise<Gateway> {
  // AWS's SDK, which changes people, knows no other way to be pointed at an emulator.
  Object.assign(process.env, deployment.environment());
  const logLines: string[] = [];
  const metricLines: string[] = [];
  const context = createContext({
    environment: { ...gatewayEnvironment(deployment), ...more },
    version: '0.0.0',
    logger: createLogger((line) => logLines.push(line)),
    metrics: createMetrics({ write: (line) => metricLines.push(line), namespace: 'Pennyworth', service: 'test' }),
    clock,
  });
  const { url, close } = await listen(createHttpServer(createApp(context)), 0);
  return {
    url,
    context,
    logLines,
    metricLines,
    close,
    async call(path, credential, { method = 'GET', body, headers } = {}) {
      const response = await fetch(new URL(path, url), {
        method,
        headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json', ...headers },
        ...(body !== undefined && { body }),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, text, code: codeIn(text) };
    },
  };
}

function codeIn(text: string): string | undefined {
  return /"code":"(\w+)"/.exec(text)?.[1];
}
