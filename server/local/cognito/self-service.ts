import * as z from 'zod/mini';
import { AttributeList, checkWritable, mergeAttributes, readableAttributes, toAttributeList } from './attributes.ts';
import { wrongPassword } from './faults.ts';
import { toMfaMembers } from './mfa.ts';
import { type Operation, operation } from './operation.ts';
import { permanentPassword } from './passwords.ts';
import { isPassword } from './srp.ts';
import { authorizeCaller } from './tokens.ts';
import { changeUser, claimAlias, revokeSessions } from './users.ts';

const AccessToken = z.object({ AccessToken: z.string().check(z.minLength(1)) });

/** What people do with their own access token, within what their app client may read and write. */
export const selfServiceOperations: Readonly<Record<string, Operation>> = {
  GetUser: operation('open', 'UserRead', AccessToken, (context, input) => {
    const { client, user } = authorizeCaller(context, input.AccessToken, 'read');
    return {
      Username: user.username,
      UserAttributes: toAttributeList(readableAttributes(client.settings, user.attributes)),
      ...toMfaMembers(user),
    };
  }),
  UpdateUserAttributes: operation(
    'open',
    'UserUpdate',
    z.extend(AccessToken, { UserAttributes: AttributeList }),
    (context, input) => {
      const { pool, client, user } = authorizeCaller(context, input.AccessToken, 'write');
      checkWritable(
        client.settings,
        input.UserAttributes.map((attribute) => attribute.Name),
      );
      const attributes = mergeAttributes(pool.schema, user.attributes, input.UserAttributes);
      claimAlias(context, pool, user.key, attributes, false);
      changeUser(context, user, { attributes });
      return { CodeDeliveryDetailsList: [] };
    },
  ),
  ChangePassword: operation(
    'open',
    'UserAccountRecovery',
    z.extend(AccessToken, {
      PreviousPassword: z.string().check(z.minLength(1), z.maxLength(256)),
      ProposedPassword: z.string().check(z.minLength(1), z.maxLength(256)),
    }),
    (context, input) => {
      const { pool, user } = authorizeCaller(context, input.AccessToken, 'write');
      if (!isPassword(user, pool.id, user.username, input.PreviousPassword)) throw wrongPassword();
      changeUser(context, user, permanentPassword(pool, user.username, input.ProposedPassword));
      return {};
    },
  ),
  GlobalSignOut: operation('open', 'UserUpdate', AccessToken, (context, input) => {
    revokeSessions(context, authorizeCaller(context, input.AccessToken, 'write').user);
    return {};
  }),
};
