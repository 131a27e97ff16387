import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import packageFile from '../../package.json' with { type: 'json' };
import { type App, createApp } from '../app.ts';
import { createAwsClients } from '../aws/clients.ts';
import { withConfigParameter } from '../config-parameter.ts';
import { type Context, createContext } from '../context.ts';
import { toErrorBody } from '../error-body.ts';
import { GatewayError, unavailable } from '../errors.ts';
import { createLogger, reasonOf } from '../observe/logger.ts';
import { json } from '../route.ts';
import { DataFolder } from './data-folder.ts';
import { type DevFile, printDevFile } from './dev-file.ts';
import { type EmulatorProcess, startEmulatorProcess } from './emulator-process.ts';
import {
  emulatedServices,
  endpointsInForce,
  regionOf,
  serverEnvironment,
  settleCredentials,
  settleVariables,
} from './environment.ts';
import { createHttpServer } from './node-http.ts';
import { describeServer } from './openai-compatible.ts';
import {
  type LocalPerson,
  namedPool,
  type Pool,
  provisionBucket,
  provisionPerson,
  provisionPool,
} from './provision.ts';
import { provisionTables } from './tables.ts';

export interface DevOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly dataDir: string;
  /** Print dev.json as one line instead of the text for people. */
  readonly json: boolean;
  readonly bedrock: 'aws' | 'simulator';
  readonly openaiCompatibleUrl: string | undefined;
  /** Mount the tools, resources and prompts that the protocol's conformance suite asks for. */
  readonly mcpFixtures: boolean;
}

/** The model that dev.json names: in the catalogue, and known to the simulator and to AWS alike. */
const model = 'claude-sonnet-4-5';

/**
 * The whole gateway on this machine: the same server code as on AWS, pointed at emulators by AWS's standard variables.
 * Resolves when it is ready; the process then lives until it is told to end.
 * @throws Error with one line for the person who started it.
 */
export async function runDev(options: DevOptions): Promise<void> {
  if (options.openaiCompatibleUrl !== undefined) {
    process.env['PENNYWORTH_CONFIG'] = await describeServer(options.openaiCompatibleUrl);
  }
  const stack = new Stack(DataFolder.open(options.dataDir));
  // From the first moment: whoever ends a stack that is still starting must not leave half of it behind.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => void stack.end().then(() => process.exit(0)));
  }
  try {
    await stack.start(options);
  } catch (error) {
    await stack.end();
    throw isMismatch(error) ? new Error(mismatchText()) : error;
  }
}

function isMismatch(error: unknown): boolean {
  return error instanceof GatewayError && error.code === 'root_secret_mismatch';
}

/** Both places and the ways out: neither is ever written over. */
function mismatchText(): string {
  const { dynamodb, ssm } = endpointsInForce(process.env);
  const { PENNYWORTH_TABLE: table, PENNYWORTH_ROOT_SECRET_PARAMETER: parameter } = process.env;
  return (
    `the table ${table} at ${dynamodb ?? 'AWS'} was made with another root secret than the parameter ${parameter} at ` +
    `${ssm ?? 'AWS'} holds; restore that parameter, or name another table with PENNYWORTH_TABLE`
  );
}

class Stack {
  readonly #data: DataFolder;
  #app: App = async () => {
    const starting = unavailable('starting', 'The local stack is starting.', 1);
    return json(starting.status, toErrorBody(starting, 'openai', ''), { 'retry-after': '1' });
  };
  readonly #server: Server = createHttpServer((request) => this.#app(request));
  #emulators: EmulatorProcess | undefined;
  #ending: Promise<void> | undefined;

  constructor(data: DataFolder) {
    this.#data = data;
  }

  async start(options: DevOptions): Promise<void> {
    const port = await this.#listen(options.port);
    await this.#startEmulators(options);
    const { file, context } = await this.#provision(options, port);
    this.#app = createApp(context);
    this.#data.writeDevFile(file);
    printDevFile(file, options.json ? undefined : this.#data.path);
  }

  /** Ends everything, once, however often and from wherever it is asked to. */
  end(): Promise<void> {
    this.#ending ??= (async () => {
      this.#server.close();
      this.#server.closeAllConnections();
      await this.#emulators?.stop();
      this.#data.close();
    })();
    return this.#ending;
  }

  /** The port is taken before anything is started: a taken one must cost nothing and leave nothing. */
  #listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => {
        const taken = error.code === 'EADDRINUSE';
        const free = 'choose another with --port, or --port 0 for a free one';
        reject(taken ? new Error(`port ${port} is taken; ${free}`) : error);
      });
      this.#server.listen(port, '127.0.0.1', () => {
        const address = this.#server.address();
        resolve(address !== null && typeof address === 'object' ? address.port : port);
      });
    });
  }

  async #startEmulators(options: DevOptions): Promise<void> {
    const ports = this.#data.readPorts();
    const services = emulatedServices(process.env, options.bedrock);
    const emulators = await startEmulatorProcess({
      services: services.map((service) => ({ service, port: ports[service] ?? 0 })),
      dataDir: this.#data.path,
      region: regionOf(process.env),
      credentials: await settleCredentials(process.env, options.bedrock),
    });
    this.#emulators = emulators;
    // Neither process is worth anything without the other.
    void emulators.ended.then(() => {
      if (this.#ending) return;
      process.stderr.write('pennyworth: the emulators ended; so does the gateway\n');
      void this.end().then(() => process.exit(1));
    });
    settleVariables(process.env, emulators.urls);
    this.#data.writePorts(emulators.urls);
  }

  async #provision(options: DevOptions, port: number): Promise<{ file: DevFile; context: Context }> {
    const known = this.#data.readDevFile();
    const region = regionOf(process.env);
    const isOurs = process.env['PENNYWORTH_USER_POOL_ID'] === undefined;
    const [pool] = await Promise.all([
      told('cognito_identity_provider', provisionPool(namedPool(process.env))),
      told(
        'dynamodb',
        provisionTables(process.env['PENNYWORTH_TABLE'] ?? '', process.env['PENNYWORTH_AUDIT_TABLE'] ?? ''),
      ),
      told('s3', provisionBucket(process.env['PENNYWORTH_BUCKET'] ?? '', region)),
    ]);
    process.env['PENNYWORTH_USER_POOL_ID'] = pool.userPoolId;
    process.env['PENNYWORTH_CLIENT_ID'] = pool.clientId;
    if (isOurs) await this.#provisionMcp(pool, `http://127.0.0.1:${port}`);
    const [user, admin] = await Promise.all([
      provisionPerson(pool, 'user@example.com', [], known?.user),
      provisionPerson(pool, 'admin@example.com', ['admin'], known?.admin),
    ]);
    const environment = await withConfigParameter(process.env, () => createAwsClients(process.env).parameters);
    const context = createContext({
      environment,
      version: packageFile.version,
      logger: createLogger((line) => process.stderr.write(line)),
      mcpFixtures: options.mcpFixtures ? loadFixtures : undefined,
    });
    const file: DevFile = {
      url: `http://127.0.0.1:${port}`,
      api_key: await keyOf(context, user, known?.api_key),
      model,
      pid: process.pid,
      user,
      admin: { ...admin, totp_secret: await this.#secretOf(pool, admin, known) },
      region,
      user_pool_id: pool.userPoolId,
      client_id: pool.clientId,
      endpoints: endpointsInForce(process.env),
      env: serverEnvironment(process.env, options.bedrock),
    };
    return { file, context };
  }

  /** Sign-in to /mcp by a browser, in a pool that is ours. Where Cognito's stand-in has no such thing, keys do. */
  async #provisionMcp({ userPoolId }: Pool, baseUrl: string): Promise<void> {
    const endpoint = endpointsInForce(process.env)['cognito_identity_provider'];
    try {
      const { provisionMcp } = await import('./provision-mcp.ts');
      const mcp = await provisionMcp({ userPoolId, baseUrl, endpoint, region: regionOf(process.env) });
      process.env['PENNYWORTH_MCP_CLIENT_ID'] = mcp.clientId;
      process.env['PENNYWORTH_LOGIN_URL'] = mcp.loginUrl;
    } catch (error) {
      process.stderr.write(`pennyworth: nobody can sign in to /mcp by a browser: ${reasonOf(error)}\n`);
    }
  }

  /** The admin's authenticator app. Without one the stack still runs: `pennyworth login` offers to set it up. */
  async #secretOf(pool: Pool, admin: LocalPerson, known: DevFile | undefined): Promise<string | null> {
    const secret = known?.admin.username === admin.username ? known.admin.totp_secret : null;
    const forget = () => {
      if (known) this.#data.writeDevFile({ ...known, admin: { ...known.admin, totp_secret: null } });
    };
    try {
      const { provisionSecondFactor } = await import('./second-factor.ts');
      const endpoint = endpointsInForce(process.env)['cognito_identity_provider'];
      return await provisionSecondFactor(pool, admin, { secret, forget }, endpoint);
    } catch (error) {
      process.stderr.write(
        `pennyworth: ${admin.email} has no second factor, which admin routes ask for: ${reasonOf(error)}\n`,
      );
      return null;
    }
  }
}

const loadFixtures = async () => (await import('./mcp-fixtures.ts')).fixtureSurface;

/** What failed while something was made, by the place where it was to be made. */
async function told<T>(service: string, making: Promise<T>): Promise<T> {
  try {
    return await making;
  } catch (cause) {
    const place = endpointsInForce(process.env)[service] ?? 'AWS';
    throw new Error(`${service} at ${place} failed: ${reasonOf(cause)}`, { cause });
  }
}

/** The key of the last run if it still works, else a new one: all scopes, no limit, no expiry. */
async function keyOf(context: Context, user: LocalPerson, known: string | undefined): Promise<string> {
  if (known !== undefined) {
    try {
      await context.authenticate({ authorization: [`Bearer ${known}`] });
      return known;
    } catch (error) {
      context.logger.info('dev_key_replaced', { cause: error instanceof Error ? error.message : String(error) });
    }
  }
  const person = await context.people.read(user.username);
  if (!person) throw new Error(`the user pool has no person ${user.username}`);
  const keys = await context.keys();
  const created = await afterLease(() =>
    keys.create(
      {
        identity: { kind: 'token', client: 'cli', person, groups: [], team: null },
        requestId: 'dev',
        sourceIp: undefined,
      },
      { name: 'dev', scopes: ['inference', 'usage', 'mcp'], expires_in: 'never' },
    ),
  );
  if (created.key === undefined) throw new Error('the new key came without its plaintext');
  return created.key;
}

/** A start that was killed while it made the key still holds that person's lease, which ends by itself within 10 s. */
async function afterLease<T>(change: () => Promise<T>): Promise<T> {
  const until = Date.now() + 15_000;
  for (;;) {
    try {
      return await change();
    } catch (error) {
      const isLeased = error instanceof GatewayError && error.code === 'key_update_in_progress';
      if (!isLeased || Date.now() > until) throw error;
      await sleep(500);
    }
  }
}
