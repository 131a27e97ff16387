import { AuthenticationDetails, CognitoUser, CognitoUserPool } from 'amazon-cognito-identity-js';

interface Pool {
  readonly user_pool_id: string;
  readonly client_id: string;
  readonly endpoints: Readonly<Record<string, string>>;
}

/** amazon-cognito-identity-js keeps tokens in a browser's storage unless it is given another. */
function memoryStorage() {
  const items = new Map<string, string>();
  return {
    setItem: (key: string, value: string) => void items.set(key, value),
    getItem: (key: string) => items.get(key) ?? null,
    removeItem: (key: string) => void items.delete(key),
    clear: () => items.clear(),
  };
}

/** Signs in by SRP with the genuine client library; the access token. */
export function signIn(pool: Pool, person: { readonly username: string; readonly password: string }): Promise<string> {
  const Storage = memoryStorage();
  const userPool = new CognitoUserPool({
    UserPoolId: pool.user_pool_id,
    ClientId: pool.client_id,
    endpoint: pool.endpoints['cognito_identity_provider'] ?? '',
    Storage,
  });
  const user = new CognitoUser({ Username: person.username, Pool: userPool, Storage });
  const details = new AuthenticationDetails({ Username: person.username, Password: person.password });
  return new Promise((resolve, reject) => {
    user.authenticateUser(details, {
      onSuccess: (session) => resolve(session.getAccessToken().getJwtToken()),
      onFailure: reject,
      newPasswordRequired: () => reject(new Error('a new password is required')),
    });
  });
}
