import { randomUUID } from 'node:crypto';
import type { AuditReader } from './audit/audit-reader.ts';
import { type AuditTrail, createAuditTrail } from './audit/audit-trail.ts';
import { createKeySpending, type KeySpending } from './audit/key-spending.ts';
import { createRefusals, type Refusals } from './audit/refusals.ts';
import { type Authenticate, createAuthenticator } from './auth/authenticate.ts';
import type { RootSecret } from './auth/root-secret.ts';
import { createRootSecret } from './auth/secret-store.ts';
import { createTokens, issuerOf } from './auth/tokens.ts';
import { type AwsClients, createAwsClients } from './aws/clients.ts';
import type { CallTarget } from './catalogue/catalogue.ts';
import { configuredTargets } from './catalogue/configured.ts';
import catalogueFile from './catalogue/models.json' with { type: 'json' };
import { type Catalogue, createCatalogue } from './catalogue/resolve.ts';
import { type Clock, systemClock } from './clock.ts';
import type { AnswerOnce } from './idempotency/answer-once.ts';
import type { KeyService, KeyServiceOptions } from './keys/key-service.ts';
import type { KeyTransfer } from './keys/key-transfer.ts';
import type { McpServer } from './mcp/mcp-server.ts';
import type { Surface } from './mcp/surface.ts';
import { createImageLoader, type ImageLoader } from './media/remote-image-parts.ts';
import { createAfterCall } from './money/after-call.ts';
import type { Balances } from './money/balance.ts';
import type { Bookkeeping } from './money/create-books.ts';
import { createBalances } from './money/dynamo-balances.ts';
import { createLedger } from './money/dynamo-ledger.ts';
import type { Ledger } from './money/ledger.ts';
import { planLimits } from './money/limit-settings.ts';
import { noLimits } from './money/limits.ts';
import type { ClosedDay } from './observe/cost-spike.ts';
import type { Logger } from './observe/logger.ts';
import type { Metrics } from './observe/metrics.ts';
import type { Notices } from './observe/notices.ts';
import { once } from './once.ts';
import { createPeople } from './people/cognito-people.ts';
import type { GroupService } from './people/group-service.ts';
import type { PeopleChangeOptions } from './people/people-change.ts';
import type { People } from './people/person.ts';
import { createTeamPolicies } from './people/team-policies.ts';
import type { UserService } from './people/user-service.ts';
import { createBedrockProvider } from './providers/bedrock/index.ts';
import { Verdicts } from './providers/bedrock/verdicts.ts';
import { createLazyProvider } from './providers/lazy-provider.ts';
import type { Provider } from './providers/provider.ts';
import { readSettings, type Settings } from './settings.ts';
import type { SealedStore } from './stored/sealed-store.ts';

/** Everything a request needs, made once a cold start and passed down. There are no globals beside it. */
export interface Context {
  readonly settings: Settings;
  /** Of the package, e.g. `0.1.0`. */
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Absent on the local stack. */
  readonly metrics: Metrics | undefined;
  readonly newRequestId: () => string;
  readonly catalogue: Catalogue;
  readonly people: People;
  readonly audit: AuditTrail;
  /** Loaded like `keys`. */
  readonly auditReader: () => Promise<AuditReader>;
  readonly refusals: Refusals;
  readonly keySpending: KeySpending;
  readonly authenticate: Authenticate;
  /** Loaded by whoever needs it first; no call of a model does. */
  readonly keys: () => Promise<KeyService>;
  /** Loaded like `keys`. */
  readonly keyTransfer: () => Promise<KeyTransfer>;
  /** Loaded like `keys`. */
  readonly users: () => Promise<UserService>;
  /** Loaded like `keys`. */
  readonly groups: () => Promise<GroupService>;
  readonly balances: Balances;
  readonly ledger: Ledger;
  /** Loaded like `keys`. */
  readonly reports: () => Promise<Bookkeeping>;
  /** For when a call is answered and settled; undefined: there is nothing to wait for. Never rejects. */
  readonly afterCall: () => Promise<void> | undefined;
  /** What is told to the operator by e-mail or in Slack. Loaded like `keys`. */
  readonly notices: () => Promise<Notices>;
  readonly rootSecret: RootSecret;
  /** Loaded like `keys`. */
  readonly stored: () => Promise<SealedStore>;
  /** Loaded with the first call that has an Idempotency-Key. */
  readonly answerOnce: () => Promise<AnswerOnce>;
  readonly remoteImages: ImageLoader;
  /** Loaded like `keys`. */
  readonly mcp: () => Promise<McpServer>;
  readonly providers: Readonly<Record<CallTarget['provider'], Provider>>;
  /** Where Cognito is, if not at the region's own address. */
  readonly cognitoEndpoint: string | null;
}

export interface ContextOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly logger: Logger;
  readonly metrics?: Metrics;
  readonly clock?: Clock;
  /** What the MCP server offers beside its own: fixtures of the protocol's conformance suite. */
  readonly mcpFixtures?: (() => Promise<Surface>) | undefined;
  /** What stands between the gateway and AWS: fault points, in tests. */
  readonly wrapClients?: (clients: AwsClients) => AwsClients;
}

/** @throws Error naming every variable of the environment that is missing or wrong. */
export function createContext(options: ContextOptions): Context {
  const { environment, version, logger, metrics, clock = systemClock, wrapClients = (clients) => clients } = options;
  const settings = readSettings(environment);
  const { table, auditTable, bucket, region, userPoolId, clientId } = settings;
  const { dynamo, cognito, parameters, bedrock } = wrapClients(createAwsClients(environment));
  const cognitoEndpoint =
    environment['AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER'] ?? environment['AWS_ENDPOINT_URL'] ?? null;
  const catalogue = createCatalogue({
    region,
    file: catalogueFile,
    preferGlobal: settings.config.prefer_global,
    configured: configuredTargets(settings.config.openai_compatible?.models ?? []),
    aliases: settings.config.aliases,
    prices: settings.config.prices,
  });
  for (const { field, reason, bundled, configured } of catalogue.priceWarnings) {
    logger.warn('price_override', {
      field,
      reason,
      pico_usd_per_token: configured,
      bundled_pico_usd_per_token: bundled,
    });
  }
  const rootSecret = createRootSecret({
    parameters,
    dynamo,
    table,
    parameterName: settings.rootSecretParameter,
    clock,
    logger,
  });
  const ledger = createLedger({ dynamo, table, rootSecret, clock });
  const notices = once(async () => {
    const { createNotices } = await import('./observe/notices.ts');
    return createNotices({ topicArn: settings.topicArn, clientConfig: { region }, logger });
  });
  const reports = once(async () => {
    const { createBooks } = await import('./money/create-books.ts');
    const { createBedrockTokens } = await import('./aws/bedrock-tokens.ts');
    // Bedrock's stand-in does not report to the real CloudWatch, where it would be asked in vain.
    const isStandIn = environment['AWS_ENDPOINT_URL_BEDROCK_RUNTIME'] !== undefined;
    const isAsked = !isStandIn || environment['AWS_ENDPOINT_URL_CLOUDWATCH'] !== undefined;
    const bedrockTokens = isAsked ? createBedrockTokens(region) : undefined;
    const common = { dynamo, table, rootSecret, clock, logger, balances, ledger, catalogue };
    const onClosed = async (closed: ClosedDay) => {
      const { noticeSpike } = await import('./observe/cost-spike.ts');
      await noticeSpike(closed, { notices: await notices(), logger });
    };
    return createBooks({ ...common, bedrockTokens, onClosed });
  });
  const balances = createBalances({
    dynamo,
    table,
    clock,
    ledger,
    spentBefore: async (of) => {
      const { spentBefore } = await import('./money/spent-before.ts');
      return spentBefore(await reports(), clock, of);
    },
    onSwept: async (crossings, { username, requestId }) => {
      const { tellCrossings } = await import('./observe/budget-notice.ts');
      // Only for the name of a key: without it the notice has its id.
      const person = await people.find(username).catch(() => undefined);
      const call = { person: person ?? { username, keys: new Map() }, requestId };
      await tellCrossings(crossings, call, { notices: await notices(), logger });
    },
  });
  const teamPolicies = createTeamPolicies({ dynamo, table, logger });
  const { models, ...limitSettings } = settings.config.default_policy ?? {};
  const defaults = { models, limits: planLimits(limitSettings, noLimits, 'default_policy.') };
  const people = createPeople({ cognito, userPoolId, balances, teamPolicies, defaults, clock, logger });
  const tokens = createTokens({ issuer: issuerOf(userPoolId, region, cognitoEndpoint), clientId, clock });
  const audit = createAuditTrail({ dynamo, table: auditTable, clock });
  const pool = { userPoolId, clientConfig: { region }, logger };
  const cognitoAdmin = once(async () => {
    const { createCognitoAdmin } = await import('./people/cognito-admin.ts');
    return createCognitoAdmin(pool);
  });
  const peopleChanges = once(async (): Promise<PeopleChangeOptions> => {
    const admin = await cognitoAdmin();
    const sources = { userPoolId, cognito, admin, people, balances, teamPolicies, defaults };
    return { ...sources, dynamo, table, audit, clock, logger };
  });
  const keyParts = once(async (): Promise<KeyServiceOptions> => {
    const { createKeyOwners } = await import('./keys/key-owners.ts');
    const { createSlotWriter } = await import('./keys/slot-writer.ts');
    const [owners, writer, directory] = [
      createKeyOwners({ dynamo, table }),
      createSlotWriter(pool),
      await cognitoAdmin(),
    ];
    return { rootSecret, people, balances, owners, writer, directory, dynamo, table, audit, clock, logger };
  });
  const stored = once(async () => {
    const { createObjects } = await import('./stored/objects.ts');
    const { createSealedStore } = await import('./stored/sealed-store.ts');
    return createSealedStore({ dynamo, table, objects: createObjects(bucket, { region }), rootSecret, clock, logger });
  });
  return {
    settings,
    version,
    clock,
    logger,
    metrics,
    newRequestId: () => `req_${randomUUID().replaceAll('-', '')}`,
    catalogue,
    people,
    audit,
    auditReader: once(async () => {
      const { createAuditReader } = await import('./audit/audit-reader.ts');
      return createAuditReader({ dynamo, table: auditTable, clock });
    }),
    refusals: createRefusals({ audit, dynamo, table, clock, logger, metrics }),
    keySpending: createKeySpending({ reports, clock, logger, metrics }),
    authenticate: createAuthenticator({
      rootSecret,
      people,
      tokens,
      findOAuth: async (asked) => (await import('./oauth/deployment.ts')).findOAuth(asked, settings),
      clock,
    }),
    keys: once(async () => {
      const { createKeyService } = await import('./keys/key-service.ts');
      return createKeyService(await keyParts());
    }),
    keyTransfer: once(async () => {
      const { createKeyTransfer } = await import('./keys/key-transfer.ts');
      return createKeyTransfer(await keyParts());
    }),
    users: once(async () => {
      const { createUserService } = await import('./people/user-service.ts');
      return createUserService(await peopleChanges());
    }),
    groups: once(async () => {
      const { createGroupService } = await import('./people/group-service.ts');
      return createGroupService(await peopleChanges());
    }),
    balances,
    ledger,
    rootSecret,
    stored,
    answerOnce: once(async () => {
      const { createAnswerOnce } = await import('./idempotency/answer-once.ts');
      return createAnswerOnce({ dynamo, table, clock, logger, stored: await stored() });
    }),
    reports,
    afterCall: createAfterCall(clock, reports),
    notices,
    remoteImages: createImageLoader(async () => {
      const { RemoteImages } = await import('./media/remote-images.ts');
      return new RemoteImages({ isOn: settings.config.remote_images ?? false });
    }),
    mcp: once(async () => {
      const [{ createMcp }, { ownSurface }] = await Promise.all([
        import('./mcp/mcp-server.ts'),
        import('./mcp/own-surface.ts'),
      ]);
      const surfaces = [ownSurface];
      const fixtures = await options.mcpFixtures?.();
      if (fixtures) surfaces.push(fixtures);
      const { servers } = settings.config.mcp ?? {};
      if (servers) {
        const { createUpstreamSurface } = await import('./mcp/upstream/upstream-surface.ts');
        surfaces.push(createUpstreamSurface({ servers, version, parameters, clock, logger }));
      }
      return createMcp(surfaces);
    }),
    providers: {
      bedrock: createBedrockProvider(bedrock, new Verdicts({ dynamo, table, clock, logger })),
      'openai-compatible': createLazyProvider('openai-compatible', async () => {
        const { createOpenAiCompatibleProvider } = await import('./providers/openai-compatible/index.ts');
        return createOpenAiCompatibleProvider(settings.config.openai_compatible?.base_url ?? '');
      }),
    },
    cognitoEndpoint,
  };
}
