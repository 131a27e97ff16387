import type { Environment } from '../io.ts';

/**
 * Node's own fetch ignores proxy variables, and undici's agent is large: it is loaded only where one is set. This
 * machine is never reached through a proxy.
 */
export async function obeyProxyVariables(env: Environment): Promise<void> {
  const http = env['http_proxy'] || env['HTTP_PROXY'];
  const https = env['https_proxy'] || env['HTTPS_PROXY'] || http;
  if (!http && !https) return;
  const { EnvHttpProxyAgent, setGlobalDispatcher } = await import('undici');
  const exempt = env['no_proxy'] || env['NO_PROXY'];
  const noProxy = ['localhost', '127.0.0.1', '[::1]', ...(exempt ? [exempt] : [])].join(',');
  setGlobalDispatcher(
    new EnvHttpProxyAgent({ ...(http ? { httpProxy: http } : {}), ...(https ? { httpsProxy: https } : {}), noProxy }),
  );
}
