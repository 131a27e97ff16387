import { freeTypes } from './free-types.ts';
import { resolveTemplate } from './resolve.ts';
import { at, entriesOf } from './tree.ts';

/** doc/idle-cost.md: every resource that the expanded template can make, and what it costs while nobody calls. */
export function idleCostPage(expansion: unknown): string {
  const byDefault = new Set(resolveTemplate(expansion, {}).resources.map(({ id }) => id));
  const rows = entriesOf(at(expansion, 'Resources')).map(([id, entry]) => {
    const type = String(at(entry, 'Type'));
    const free = freeTypes[type];
    if (!free) throw new Error(`${id}: nothing is known of what ${type} costs`);
    const when = byDefault.has(id) ? 'always' : 'when asked for';
    const onRequest = byDefault.has(id) ? undefined : free.onRequest;
    const price = onRequest ? `$${onRequest.usd}` : '$0.00';
    const why = onRequest ? `${free.why}: \`${onRequest.parameter}\`` : free.why;
    // The deployment of an API carries a hash in its name.
    return `| ${id.replace(/(?<=Deployment)[0-9a-f]{10}$/, '')} | ${type.replace('AWS::', '')} | ${when} | ${price} | ${why} |`;
  });
  return `# What a month without calls costs

Made from the expanded template by \`npm run test:template -- --write\`; the same command without \`--write\` fails when this page is old, and for any resource or property that is not known to cost nothing.

**$0.00**, with the defaults, in an account with at most three other alarms and two other dashboards. An almost empty table under \`PointInTimeRecovery\` costs about $0.20 for each GB; a hosted zone of yours $0.50. The artefact that SAM uploads at a deployment (about a megabyte) lies in a bucket of its own.

| resource | type | made | idle, USD a month | why |
|---|---|---|---|---|
${rows.join('\n')}
`;
}
