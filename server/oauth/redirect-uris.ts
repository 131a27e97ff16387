/** Longer than any that an application uses; what is sealed of it must fit into an address. */
const longestRedirectUri = 1_000;

/**
 * Where codes may go unless the operator's document names others: Cursor's own scheme. Programs that listen on this
 * computer, VS Code among them, need no entry. https://vscode.dev/redirect is not here: it hands a code on to whatever
 * address `state` names, and `state` is the asker's.
 */
export const defaultRedirectUris: readonly string[] = ['cursor://anysphere.cursor-mcp/oauth/callback'];

/** A program on the caller's own computer, on whatever port is free there (RFC 8252 §7.3). */
const loopback = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?([/?][\w\-.~!$&'()*+,;=:@%/?]*)?$/;

/** Whether a code may be sent there. Everything but loopback is compared letter for letter (RFC 9700 §2.1). */
export function isRedirectAllowed(uri: string, listed: readonly string[] = defaultRedirectUris): boolean {
  return uri.length <= longestRedirectUri && (loopback.test(uri) || listed.includes(uri)) && URL.canParse(uri);
}

/** The address with what is told added to its query; it has no fragment. */
export function withQuery(uri: string, told: Readonly<Record<string, string | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(told)) if (value !== undefined) query.set(name, value);
  return `${uri}${uri.includes('?') ? '&' : '?'}${query}`;
}
