import { formatUsd } from '../../shared/money.ts';
import type { Crossing } from '../money/balance.ts';
import type { Person } from '../people/person.ts';
import type { Logger } from './logger.ts';
import type { Notice, Notices } from './notices.ts';

const inPeriod = { day: 'today', month: 'this month', total: 'in all' } as const;
const untilNext = {
  day: 'until midnight UTC or until it is raised',
  month: 'until the month (UTC) ends or until it is raised',
  total: 'until it is raised',
} as const;

/** Whose call it was. */
type Caller = Pick<Person, 'username' | 'keys'>;

/** Tells the log and the topic of budgets that a settled call brought to 50, 80 or 100 %. Never throws. */
export async function tellCrossings(
  crossings: readonly Crossing[],
  { person, requestId }: { readonly person: Caller; readonly requestId: string },
  { notices, logger }: { readonly notices: Notices; readonly logger: Logger },
): Promise<void> {
  const sent = crossings.map((crossing) => {
    const notice = budgetNotice(crossing, person);
    const { whose, id } = crossing;
    const { username = null } = notice.facts;
    // Without the key's name: people choose it, and the log has nothing that people wrote.
    logger.warn('budget_threshold', { request_id: requestId, kind: whose, id, username, reason: partOf(crossing) });
    return notices.publish({ ...notice, facts: { ...notice.facts, request_id: requestId } });
  });
  await Promise.all(sent);
}

/** Exported for its test. */
export function budgetNotice(crossing: Crossing, person: Caller): Notice {
  const { whose, id, period, percent, spentNanoUsd, limitNanoUsd } = crossing;
  const name = whose === 'key' ? (keyNameOf(person, id) ?? id) : id;
  const { username } = person;
  const holder = {
    key: `The key ${name} (${id}) of the person ${username}`,
    person: `The person ${id}`,
    team: `The team ${id}`,
  };
  const used = `${holder[whose]} spent ${dollars(spentNanoUsd)} of the budget of ${dollars(limitNanoUsd)} ${inPeriod[period]}.`;
  const next = percent < 100 ? '' : ` Further calls are answered with 402 ${untilNext[period]}.`;
  return {
    event: 'budget_threshold',
    subject: `Budget of ${whose} ${name}: ${partOf(crossing)}`,
    text: `${used}${next}`,
    facts: {
      budget_of: whose,
      ...(whose === 'key' && { key_id: id, key_name: name }),
      ...(whose === 'team' ? { team: id } : { username }),
      period,
      percent,
      spent_usd: formatUsd(spentNanoUsd),
      limit_usd: formatUsd(limitNanoUsd),
    },
  };
}

function partOf({ percent, limitNanoUsd, period }: Crossing): string {
  return `${percent} % of ${dollars(limitNanoUsd)} ${inPeriod[period]}`;
}

function keyNameOf({ keys }: Caller, keyId: string): string | undefined {
  return [...keys.values()].find(({ id }) => id === keyId)?.n;
}

/** `$20.00`; with more decimals only where there are any. */
function dollars(nanoUsd: number): string {
  return `$${formatUsd(nanoUsd).replace(/0{1,7}$/, '')}`;
}
