/** `word`: a name, keyword or function · `name`: `#n` · `value`: `:v` · `index`: digits · else the sign itself. */
export interface Token {
  readonly kind: 'word' | 'name' | 'value' | 'index' | 'sign' | 'end';
  readonly text: string;
  /** Where it starts in the expression. */
  readonly at: number;
}

const pattern = /\s*(?:([A-Za-z]\w*)|(#\w+)|(:\w+)|(\d+)|(<>|<=|>=|[=<>(),.[\]+-])|(\S))/gy;
const kinds = ['word', 'name', 'value', 'index', 'sign'] as const;

/**
 * @returns the tokens with one of kind `end` after the last.
 * @throws whatever `syntaxError` makes of a character that starts no token.
 */
export function tokenize(expression: string, syntaxError: (token: Token) => Error): readonly Token[] {
  const tokens: Token[] = [];
  for (const match of expression.matchAll(pattern)) {
    const found = match.findIndex((text, index) => index > 0 && text !== undefined);
    const text = match[found] ?? '';
    const at = match.index + match[0].length - text.length;
    const kind = kinds[found - 1];
    if (kind === undefined) throw syntaxError({ kind: 'sign', text, at });
    tokens.push({ kind, text, at });
  }
  tokens.push({ kind: 'end', text: '<EOF>', at: expression.length });
  return tokens;
}
