import { type Clock, systemClock } from '../clock.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  /** Absent: they hold as long as the process. */
  readonly expiration?: Date | undefined;
}

/** The credentials to sign with now: at once where they are known, so that the common case costs no promise. */
export type CredentialSource = () => Credentials | Promise<Credentials>;

export interface CredentialOptions {
  readonly clock?: Clock;
  /** Where credentials come from that are not in the environment; the AWS SDK's own chain unless a test says otherwise. */
  readonly loadProvider?: () => Promise<() => Promise<Credentials>>;
}

const refreshBeforeMs = 5 * 60_000;

/**
 * AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN of the environment, as every Lambda function has them.
 * Without them the SDK's provider chain (profiles, SSO, web identity, container and instance roles), which is loaded
 * only then, read once for all who wait, and asked again five minutes before what it gave expires.
 */
export function createCredentials(
  environment: Readonly<Record<string, string | undefined>>,
  options: CredentialOptions = {},
): CredentialSource {
  const accessKeyId = environment['AWS_ACCESS_KEY_ID'];
  const secretAccessKey = environment['AWS_SECRET_ACCESS_KEY'];
  if (accessKeyId && secretAccessKey) {
    const fixed = { accessKeyId, secretAccessKey, sessionToken: environment['AWS_SESSION_TOKEN'] || undefined };
    return () => fixed;
  }
  return createRefreshing(options);
}

function createRefreshing({ clock = systemClock, loadProvider = loadSdkChain }: CredentialOptions) {
  let provider: (() => Promise<Credentials>) | undefined;
  let kept: Credentials | undefined;
  let loading: Promise<Credentials> | undefined;
  const isGood = ({ expiration }: Credentials, marginMs: number) =>
    expiration === undefined || expiration.getTime() - clock.now() > marginMs;

  const load = async (): Promise<Credentials> => {
    try {
      provider ??= await loadProvider();
      kept = await provider();
      return kept;
    } catch (error) {
      // A refresh that fails early is no reason to refuse a call that the old ones can still sign.
      if (kept !== undefined && isGood(kept, 0)) return kept;
      throw error;
    } finally {
      loading = undefined;
    }
  };

  return () => {
    if (kept !== undefined && isGood(kept, refreshBeforeMs)) return kept;
    loading ??= load();
    return loading;
  };
}

/** Any client carries the whole chain; this one the gateway has anyway, so the chain is no dependency of its own. */
async function loadSdkChain(): Promise<() => Promise<Credentials>> {
  const { SSMClient } = await import('@aws-sdk/client-ssm');
  // The region is asked for by the client, not by the chain.
  return new SSMClient({ region: 'us-east-1' }).config.credentials;
}
