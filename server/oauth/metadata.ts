import { mcpScope, type OAuth } from './deployment.ts';

/** RFC 9728: what /mcp is, and who gives tokens for it. */
export function resourceMetadata({ resource, issuer }: OAuth): object {
  return {
    resource,
    authorization_servers: [issuer],
    scopes_supported: [mcpScope],
    bearer_methods_supported: ['header'],
    resource_name: 'Pennyworth',
    resource_documentation: `${issuer}/openapi.json`,
  };
}

/**
 * RFC 8414. The same document also stands at `openid-configuration`, where RFC 8414 §5 lets any authorization server put
 * it: of an issuer with a path (API Gateway's own address has the stage in it) clients read it there only, because the
 * root of that name is not ours. The three members that OpenID Connect asks for are Cognito's, which signs the tokens;
 * the scope `openid` is not offered.
 */
export function serverMetadata({ issuer }: OAuth, jwksUri: string): object {
  return {
    issuer,
    authorization_endpoint: `${issuer}/oauth/authorize`,
    token_endpoint: `${issuer}/oauth/token`,
    registration_endpoint: `${issuer}/oauth/register`,
    revocation_endpoint: `${issuer}/oauth/revoke`,
    jwks_uri: jwksUri,
    scopes_supported: [mcpScope, 'offline_access'],
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_methods_supported: ['none'],
    revocation_endpoint_auth_methods_supported: ['none'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  };
}
