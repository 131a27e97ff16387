import type { Provider } from './provider.ts';

/** A provider that few gateways have: its code is loaded for its first call, and no cold start pays for it. */
export function createLazyProvider(id: string, load: () => Promise<Provider>): Provider {
  let loading: Promise<Provider> | undefined;
  const loaded = () => {
    loading ??= load();
    return loading;
  };
  return {
    id,
    call: async (call) => (await loaded()).call(call),
    preview: async (call) => (await loaded()).preview(call),
    countTokens: async (call) => (await loaded()).countTokens(call),
  };
}
