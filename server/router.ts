import { RegExpRouter } from 'hono/router/reg-exp-router';
import type { Route } from './route.ts';

/** Every method of one path; the router knows paths only, so that a wrong method is a 405 and not a 404. */
export type Methods = ReadonlyMap<string, Route>;

export interface Match {
  readonly methods: Methods;
  readonly params: Readonly<Record<string, string>>;
}

/** @returns what finds the path's methods and its parameters, decoded; undefined for a path that names nothing */
export function createRouter(table: readonly Route[]): (path: string) => Match | undefined {
  const paths = new Map<string, Map<string, Route>>();
  for (const route of table) {
    const methods = paths.get(route.path) ?? new Map<string, Route>();
    methods.set(route.method, route);
    paths.set(route.path, methods);
  }
  // A path without parameters goes before one that would take its last part for an id; hono's router knows no such order.
  const literal = new Map<string, Match>();
  const router = new RegExpRouter<Methods>();
  for (const [path, methods] of paths) {
    if (path.includes(':')) router.add('ALL', path, methods);
    else literal.set(path, { methods, params: {} });
  }
  return (path) => {
    const named = literal.get(path);
    if (named) return named;
    const [[found], captured] = router.match('ALL', path);
    if (!found) return undefined;
    const [methods, indexes] = found;
    const params: Record<string, string> = {};
    for (const [name, index] of Object.entries(indexes)) {
      const raw = typeof index === 'number' ? captured?.[index] : index;
      try {
        params[name] = decodeURIComponent(raw ?? '');
      } catch {
        return undefined; // a path that cannot be decoded names nothing
      }
    }
    return { methods, params };
  };
}
