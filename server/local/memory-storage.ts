import type { ICognitoStorage } from 'amazon-cognito-identity-js';

/** amazon-cognito-identity-js keeps tokens in a browser's storage unless it is given another. */
export function memoryStorage(): ICognitoStorage {
  const items = new Map<string, string>();
  return {
    setItem: (key, value) => void items.set(key, value),
    getItem: (key) => items.get(key) ?? null,
    removeItem: (key) => void items.delete(key),
    clear: () => items.clear(),
  };
}
