import { tagHeader, tagPattern } from '../../shared/api/usage.ts';
import { invalidRequest } from '../errors.ts';
import { type HttpRequest, header } from '../http.ts';

/**
 * What the caller names a call by, for reports: theirs to choose, and nobody's secret. Null where they send none.
 * @throws GatewayError 400 naming the header
 */
export function tagOf(request: HttpRequest): string | null {
  const tag = header(request, tagHeader);
  if (tag === undefined) return null;
  if (tagPattern.test(tag)) return tag;
  const rule = 'must be 1 to 64 letters, digits and . _ : / @ -';
  throw invalidRequest(`${tagHeader}: ${rule}; change it, or leave the header out.`, tagHeader);
}
