import { inject } from 'vitest';
import { type CognitoOptions, startCognito as startOwnCognito } from './cognito/emulator.ts';
import { type DynamoOptions, startDynamo as startOwnDynamo } from './dynamodb/emulator.ts';
import type { Emulator, EmulatorOptions } from './emulator.ts';
import { startOracleProxy } from './oracle-proxy.ts';
import { startS3 as startOwnS3 } from './s3/emulator.ts';
import { startSsm as startOwnSsm } from './ssm/emulator.ts';

// The services that a test of the server works on: our emulators under `npm test`, and under `npm run test:oracles`
// programs of others that know the same services, so that what both get wrong in the same way is not what we ship.

/** Addresses of the oracles of a test run; a service without one is an emulator of ours. */
interface OracleUrls {
  readonly cognito?: string;
  readonly dynamo?: string;
  readonly s3?: string;
  readonly ssm?: string;
  /** Calls of one person that DynamoDB's stand-in gets through before the first of them times out. */
  readonly mostAtOnce?: number;
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly oracles?: OracleUrls;
  }
}

const { cognito, dynamo, s3, ssm, ...limits }: OracleUrls = inject('oracles') ?? {};

export const { mostAtOnce = 200 } = limits;

/** moto's Cognito checks no password by SRP. */
export const signsInBySrp = cognito === undefined;

export const startCognito = (options: CognitoOptions = {}): Promise<Emulator> =>
  cognito === undefined ? startOwnCognito(options) : startOracleProxy(cognito);

export const startDynamo = (options: DynamoOptions = {}): Promise<Emulator> =>
  dynamo === undefined ? startOwnDynamo(options) : startOracleProxy(dynamo, options.fault);

export const startS3 = (options: EmulatorOptions = {}): Promise<Emulator> =>
  s3 === undefined ? startOwnS3(options) : startOracleProxy(s3);

export const startSsm = (options: EmulatorOptions = {}): Promise<Emulator> =>
  ssm === undefined ? startOwnSsm(options) : startOracleProxy(ssm);
