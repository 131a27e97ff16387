import { type HttpRequest, header } from '../http.ts';
import { OAuthError } from './oauth-error.ts';

/** Far above what any honest form, or registration, has. */
export const largestFormBytes = 32_768;
const formType = 'application/x-www-form-urlencoded';

/** The body of a form. @throws OAuthError `invalid_request`; GatewayError 413 */
export async function readForm(request: HttpRequest): Promise<URLSearchParams> {
  const type = header(request, 'content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== formType) throw new OAuthError('invalid_request', `Send the parameters as ${formType}.`);
  const body = await request.readBody(largestFormBytes);
  return new URLSearchParams(Buffer.from(body).toString('utf8'));
}

/** An empty parameter counts as absent (RFC 6749 §3.1). @throws OAuthError `invalid_request` when it is given twice */
export function parameter(parameters: URLSearchParams, name: string): string | undefined {
  const [value, other] = parameters.getAll(name);
  if (other !== undefined) throw new OAuthError('invalid_request', `${name}: is given twice; give it once.`);
  return value === '' ? undefined : value;
}

/** @throws OAuthError `invalid_request` when it is missing or given twice */
export function requiredParameter(parameters: URLSearchParams, name: string): string {
  const value = parameter(parameters, name);
  if (value === undefined) throw new OAuthError('invalid_request', `${name}: is missing; send it.`);
  return value;
}

/** `resource` may be left out, and may name nothing but /mcp (RFC 8707 §2). @throws OAuthError `invalid_target` */
export function checkResource(parameters: URLSearchParams, resource: string): void {
  if (parameters.getAll('resource').every((named) => named === resource)) return;
  throw new OAuthError('invalid_target', `resource: tokens are for ${resource} alone; send that, or leave it out.`);
}
