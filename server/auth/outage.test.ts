import { describe, test } from 'vitest';
import { Deployment, testClock } from '../keys/test-deployment.ts';
import type { Category } from '../local/cognito/limits.ts';
import { startGateway } from './test-gateway.ts';

const everything: readonly Category[] = ['UserRead', 'UserList', 'UserPoolRead', 'UserResourceRead'];

/** One second of none a second. */
function throttleAll(account: Partial<Record<Category, number>>): void {
  for (const category of everything) account[category] = 0;
}

describe.for(['throttled', 'down'] as const)('while Cognito is %s', (trouble) => {
  test('who was just here goes on for 300 s, everybody else is told to come back, nobody that they are wrong', async ({
    expect,
  }) => {
    const account: Partial<Record<Category, number>> = {};
    const deployment = await Deployment.start({ account });
    const clock = testClock();
    const [warm, cold] = [await startGateway(deployment, clock), await startGateway(deployment, clock)];
    const instance = deployment.startInstance({ clock });
    const [ann, ben] = [await deployment.createPerson(), await deployment.createPerson()];
    const [mine, theirs] = [await deployment.createKey(instance, ann), await deployment.createKey(instance, ben)];
    const { accessToken } = await deployment.signIn(ann);
    const ask = async (gateway: typeof warm, credential: string) => {
      const { status, code, headers } = await gateway.call('/v1/models', credential);
      return status === 200 ? 'ok' : `${status} ${code}, again in ${headers.get('retry-after')} s`;
    };
    const askAll = () =>
      Promise.all([
        ask(warm, mine.key),
        ask(warm, accessToken),
        ask(warm, theirs.key),
        ask(cold, mine.key),
        ask(cold, accessToken),
        ask(warm, `${mine.key.slice(0, -1)}!`),
      ]);
    const later = '503 auth_unavailable, again in 2 s';
    const wrong = '401 invalid_api_key, again in null s';

    expect([await ask(warm, mine.key), await ask(warm, accessToken)]).toEqual(['ok', 'ok']);
    if (trouble === 'down') await deployment.cognito.close();
    else throttleAll(account);
    expect(await askAll()).toEqual(['ok', 'ok', later, later, later, wrong]);
    // Past the minute for which a record is fresh: Cognito is asked again, and does not answer.
    clock.advance(61_000);
    expect(await askAll()).toEqual(['ok', 'ok', later, later, later, wrong]);
    clock.advance(229_000);
    expect(await askAll()).toEqual(['ok', 'ok', later, later, later, wrong]);
    clock.advance(15_000);
    expect(await askAll()).toEqual([later, later, later, later, later, wrong]);

    if (trouble === 'throttled') {
      for (const category of everything) delete account[category];
      expect(await askAll()).toEqual(['ok', 'ok', 'ok', 'ok', 'ok', wrong]);
    }
    await Promise.all([warm.close(), cold.close()]);
    await deployment.close();
  });
});
