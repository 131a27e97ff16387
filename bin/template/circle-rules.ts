import { functionsOf } from './facts.ts';
import type { Deployment, Resource } from './resolve.ts';

/**
 * Resources that wait for each other, which CloudFormation refuses. SAM's API is read as what it becomes: it waits for the
 * functions that answer it and not the other way round, and its stage's variables may name what waits for the API. Linters
 * take that for a circle in the source.
 */
export function circleRules(deployment: Deployment): string[] {
  const functions = functionsOf(deployment).map(({ id }) => id);
  const needs = new Map(deployment.resources.map((resource) => [resource.id, needsOf(resource, functions)]));
  const done = new Set<string>();
  const visit = (id: string, path: readonly string[]): string[] => {
    const start = path.indexOf(id);
    if (start >= 0) return [`${[...path.slice(start), id].join(' → ')}: wait for each other in a circle`];
    if (done.has(id)) return [];
    done.add(id);
    const next = [...(needs.get(id) ?? [])].filter((name) => needs.has(name));
    return next.flatMap((name) => visit(name, [...path, id]));
  };
  return [...needs.keys()].flatMap((id) => visit(id, []));
}

function needsOf({ type, properties, entry }: Resource, functions: readonly string[]): ReadonlySet<string> {
  switch (type) {
    case 'AWS::Serverless::Function':
      return namesIn({ ...properties, Events: undefined });
    case 'AWS::Serverless::Api':
      return new Set([...namesIn({ ...properties, Variables: undefined }), ...functions]);
    default:
      return namesIn(entry);
  }
}

/** What a resource names: as the resolver writes it, `<Table>` or `<Table.Arn>`, or by its name alone in DependsOn. */
function namesIn(part: unknown): ReadonlySet<string> {
  const text = JSON.stringify(part) ?? '';
  const named = [...text.matchAll(/<(\w+)(?:\.\w+)*>/g)].map(([, name = '']) => name);
  const waitedFor = [...text.matchAll(/"DependsOn":(\[[^\]]*\]|"\w*")/g)].flatMap(
    ([, list = '']) => list.match(/\w+/g) ?? [],
  );
  return new Set([...named, ...waitedFor]);
}
