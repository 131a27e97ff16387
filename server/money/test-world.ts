import { dayOf } from '../../shared/period.ts';
import type { DynamoClient } from '../aws/dynamodb.ts';
import type { Balances, PayingTeam } from './balance.ts';
import { type Account, type BalanceItem, balanceKey, parseBalance, type ScopeState } from './balance-item.ts';
import { createBalances } from './dynamo-balances.ts';
import { createLedger } from './dynamo-ledger.ts';
import type { Ledger } from './ledger.ts';
import { hasLimits, type Limits, noLimits } from './limits.ts';
import { type History, type Person, people, type ScopeName, type Step } from './test-history.ts';
import type { MemoryTable } from './test-memory.ts';
import { type Call, costOf, emptyRow, fields, holdOf, isCharged, isIn, limitNames, same } from './test-records.ts';
import { reserveRequest } from './test-requests.ts';

type Asked = Extract<Step, { op: 'reserve' }>;

const callLastsMs = 60_000;

/** One story, and after each step of it the stored balances against the records. Methods throw Error with what differs. */
export class World {
  readonly #memory: MemoryTable;
  readonly #balances: Balances;
  readonly #ledger: Ledger;
  readonly #limits = new Map<ScopeName, Limits>();
  readonly #generations = new Map<Person, number>();
  readonly #items = new Map<string, BalanceItem>();
  readonly #calls: Call[] = [];
  /** Names differ between stories, so that one table serves many. */
  readonly #name: string;
  #isStrict = false;
  #teamGeneration = 1;
  #now = Date.UTC(2026, 10, 28, 12);
  #requests = 0;

  constructor(memory: MemoryTable, dynamo: DynamoClient, name: string) {
    this.#memory = memory;
    this.#name = name;
    this.#ledger = createLedger({ ...memory, dynamo });
    this.#balances = createBalances({
      dynamo,
      table: memory.table,
      clock: { now: () => this.#now },
      ledger: this.#ledger,
      pause: async () => undefined,
      spentBefore: async (of) => {
        if ('team' in of) return { day: 0, month: 0, total: 0 };
        const today = dayOf(this.#now);
        const days = new Set(this.#calls.map(({ startedAt }) => dayOf(startedAt)));
        const rows = await Promise.all([...days].map((day) => this.#ledger.rowsOf(of.username, day)));
        const its = rows.flat().filter(({ keyId }) => of.keyIds.includes(keyId ?? ''));
        const sumOf = (matches: (day: string) => boolean) =>
          its.filter(({ time }) => matches(dayOf(time))).reduce((sum, { costNanoUsd }) => sum + (costNanoUsd ?? 0), 0);
        return {
          day: sumOf((day) => day === today),
          month: sumOf((day) => day.slice(0, 7) === today.slice(0, 7)),
          total: sumOf(() => true),
        };
      },
    });
  }

  async play({ first, steps, isLoose }: History): Promise<void> {
    for (const person of people) this.#generations.set(person, await this.#balances.generationOf(this.#id(person)));
    for (const { scope, limits } of first) await this.#setLimits(scope, limits);
    this.#isStrict = !isLoose && steps.every(({ op }) => op !== 'limit');
    for (const step of steps) {
      await this.#do(step, isLoose ? 3 : 1);
      await this.#check(step.op);
    }
    await this.#end();
  }

  async #do(step: Step, looseness: number): Promise<void> {
    switch (step.op) {
      case 'reserve':
        return this.#reserve(step);
      case 'burst': {
        const asked = Array.from({ length: step.count }, () => this.#send({ ...step, op: 'reserve' }));
        await Promise.allSettled(asked);
        return;
      }
      case 'settle':
      case 'settle-twice': {
        const call = this.#pick(step.pick);
        return call && this.#settle(call, costOf(call, step.share * looseness), step.op === 'settle-twice' ? 2 : 1);
      }
      case 'settle-again': {
        const ended = this.#calls.filter(({ cost }) => cost.person !== undefined);
        const call = ended[step.pick % (ended.length || 1)];
        return call && this.#settle(call, 7, 1);
      }
      case 'die': {
        const call = this.#pick(step.pick);
        if (!call) return;
        call.isDead = true;
        if (step.wrote) await this.#ledger.write({ ...call.row, costNanoUsd: costOf(call, step.share * looseness) });
        return;
      }
      case 'sweep':
        return this.#balances.sweep(this.#id(step.person));
      case 'limit':
        return this.#setLimits(step.scope, step.limits);
      case 'bump':
        return this.#bump(step.person);
      case 'stale': {
        const generation = (this.#generations.get(step.who.person) ?? 0) - 1;
        const outcome = await this.#balances.reserve(this.#request({ ...step, op: 'reserve' }, generation));
        if (outcome !== 'stale') throw new Error('an old generation was admitted');
        return;
      }
      case 'wait':
        this.#now += step.hours * 3_600_000;
    }
  }

  /** Of those that run and whose server lives. */
  #pick(index: number): Call | undefined {
    const open = this.#calls.filter(({ cost, isDead }) => cost.person === undefined && !isDead);
    return open[index % (open.length || 1)];
  }

  async #setLimits(scope: ScopeName, limits: Limits): Promise<void> {
    this.#limits.set(scope, limits);
    if (scope === 'team') this.#teamGeneration++;
    else for (const person of people) if (scope.startsWith(person)) await this.#bump(person);
  }

  async #bump(person: Person): Promise<void> {
    await this.#balances.bumpGeneration(this.#id(person));
    this.#generations.set(person, await this.#balances.generationOf(this.#id(person)));
  }

  /** Alone: whether it is admitted, and with what, must be what the records say. */
  async #reserve(asked: Asked): Promise<void> {
    const expected = this.#expected(asked);
    const admitted = await this.#send(asked).then(
      ({ reservation }) => reservation.holds.map(({ nanoUsd }) => nanoUsd ?? 0).join(' and '),
      (error: unknown) => (error instanceof Error && 'code' in error ? 'refused' : Promise.reject(error)),
    );
    if (admitted !== expected) throw new Error(`${JSON.stringify(asked)}: ${admitted}, not ${expected}`);
  }

  async #send(asked: Asked): Promise<Call> {
    const { person, key: keyId } = asked.who;
    const request = this.#request(asked, this.#generations.get(person) ?? 0);
    const reservation = await this.#balances.reserve(request);
    if (reservation === 'stale') throw new TypeError('the newest generation was stale');
    const { requestId, username, now, expiresAt } = request;
    const row = { ...emptyRow, requestId, time: now, username, keyId };
    const cost = { person: undefined, team: reservation.holds.length > 1 ? undefined : 0 };
    const call = { person, keyId, reservation, startedAt: now, expiresAt, row, cost, isDead: false };
    this.#calls.push(call);
    return call;
  }

  #request({ who: { person, key: keyId }, call: { likely, more } }: Asked, generation: number) {
    const payingTeam = this.#payingTeam();
    return reserveRequest({
      ...(payingTeam && { facts: { endpoint: '', provider: '', model: '', team: payingTeam.name, tag: null } }),
      requestId: `${this.#name}-${this.#requests++}`,
      username: this.#id(person),
      keyId,
      generation,
      now: this.#now,
      expiresAt: this.#now + callLastsMs,
      estimate: { likelyNanoUsd: likely, mostNanoUsd: likely + more, tokens: 10 },
      limits: { person: this.#limitsOf(person), key: this.#keyLimits(person, keyId) },
      payingTeam,
    });
  }

  async #settle(call: Call, cost: number, times: number): Promise<void> {
    const { person } = call;
    const wasOpen = call.cost.person === undefined;
    const row = await this.#ledger.write({ ...call.row, costNanoUsd: cost });
    const standing = row.costNanoUsd ?? 0;
    const settled = await Promise.all(
      Array.from({ length: times }, () => this.#balances.settle(call.reservation, standing)),
    );
    const count = settled.filter(({ isSettled }) => isSettled).length;
    if (count !== (wasOpen ? 1 : 0)) throw new Error(`a call of ${person} was settled ${count} times`);
    call.cost.person ??= standing;
    call.cost.team ??= standing;
  }

  /** What the records say a reserve will hold, in each balance; a refusal first settles what dead servers left there. */
  #expected(asked: Asked): string {
    const { person, key } = asked.who;
    const keyLimits = this.#keyLimits(person, key);
    const own = this.#fits(asked, { kind: 'person', id: this.#id(person) }, [
      { limits: this.#limitsOf(person), key: null },
      ...(key !== null && hasLimits(keyLimits) ? [{ limits: keyLimits, key }] : []),
    ]);
    if (own === undefined || this.#payingTeam() === undefined) return own === undefined ? 'refused' : String(own);
    const team = this.#fits(asked, { kind: 'team', id: this.#teamId }, [{ limits: this.#limitsOf('team'), key: null }]);
    return team === undefined ? 'refused' : `${own} and ${team}`;
  }

  #fits(
    { call: { likely, more } }: Asked,
    account: Account,
    scopes: readonly { readonly limits: Limits; readonly key: string | null }[],
  ): number | undefined {
    for (const isSwept of [false, true]) {
      const open = this.#openIn(account).filter(({ expiresAt }) => !(isSwept && expiresAt < this.#now));
      const gone = isSwept ? this.#openIn(account).filter(({ expiresAt }) => expiresAt < this.#now) : [];
      // With a row for each that has none, which the other balance is then settled by.
      for (const call of gone) this.#rowCosts.set(call.row.requestId, this.#sweptCost(call));
      const day = [dayOf(this.#now), this.#items.get(account.id)?.d.n ?? ''].toSorted().at(-1) ?? '';
      const left = scopes.flatMap(({ limits, key }) =>
        fields.flatMap((field) => {
          const most = limits[limitNames[field]];
          if (most === undefined) return [];
          const lies = (call: Call) =>
            isIn(field, holdOf(call, account).day, day) && (key ?? call.keyId) === call.keyId;
          const spent = this.#settledIn(account)
            .filter(lies)
            .reduce((sum, call) => sum + (call.cost[account.kind] ?? 0), 0);
          const swept = gone.filter(lies).reduce((sum, call) => sum + this.#sweptCost(call), 0);
          const held = open.filter((call) => lies(call) && isCharged(call, account, field, key));
          return [most - spent - swept - held.reduce((sum, call) => sum + (holdOf(call, account).nanoUsd ?? 0), 0)];
        }),
      );
      const least = Math.min(...left);
      const isRoom = scopes.every(({ limits: { concurrency }, key }) => {
        const counted =
          key === null ? open : open.filter((call) => call.keyId === key && isCharged(call, account, 'o', key));
        return concurrency === undefined || counted.length < concurrency;
      });
      const held = least === Number.POSITIVE_INFINITY ? likely : likely + more;
      if (least >= held && isRoom) return held;
    }
    return undefined;
  }

  /** What a sweep will settle it at: where two balances still hold it, at the more of the two. */
  #sweptCost({ row, reservation, cost }: Call): number {
    const held = reservation.holds.filter(({ account }) => cost[account] === undefined);
    return this.#rowCosts.get(row.requestId) ?? Math.max(...held.map(({ nanoUsd }) => nanoUsd ?? 0));
  }
  readonly #rowCosts = new Map<string, number>();

  async #check(told: string): Promise<void> {
    for (const account of this.#accounts()) {
      const stored = await this.#memory.dynamo.getItem(this.#memory.table, balanceKey(account));
      if (!stored) continue;
      const item = parseBalance(stored);
      this.#items.set(account.id, item);
      await this.#noteSwept(account, item);
      const open = this.#openIn(account);
      same(told, Object.keys(item.r).toSorted(), open.map(({ row }) => row.requestId).toSorted());
      this.#checkScope(`${told}: ${account.kind}`, account, item, null);
      for (const [key, state] of Object.entries(item.k)) this.#checkScope(`${told}: ${key}`, account, state, key);
    }
  }

  #checkScope(told: string, account: Account, state: ScopeState, key: string | null): void {
    for (const field of fields) {
      const period = state[field];
      if (!period) continue;
      const lies = (call: Call) =>
        isIn(field, holdOf(call, account).day, period.n ?? '') && (key ?? call.keyId) === call.keyId;
      const spent = this.#settledIn(account).filter(lies);
      same(
        `${told} ${field} spent`,
        period.s,
        spent.reduce((sum, call) => sum + (call.cost[account.kind] ?? 0), 0),
      );
      const held = this.#openIn(account).filter((call) => lies(call) && isCharged(call, account, field, key));
      const sum = held.reduce((sum, call) => sum + (holdOf(call, account).nanoUsd ?? 0), 0);
      same(`${told} ${field} left`, period.a, period.l === undefined ? undefined : period.l - period.s - sum);
      if (this.#isStrict && (period.a ?? 0) < 0) throw new Error(`${told} ${field}: more is held than there is`);
    }
    if (key === null) return;
    const counted = this.#openIn(account).filter((call) => call.keyId === key && isCharged(call, account, 'o', key));
    same(`${told} open`, state.o ?? 0, counted.length);
  }

  /** What is gone from the item was swept, if its time was over: at what its row says. */
  async #noteSwept(account: Account, item: BalanceItem): Promise<void> {
    for (const call of this.#openIn(account)) {
      const row = call.isDead || call.expiresAt < this.#now ? await this.#ledger.rowOf(call.row) : undefined;
      if (row) this.#rowCosts.set(row.requestId, row.costNanoUsd ?? 0);
      if (item.r[call.row.requestId] !== undefined || call.expiresAt >= this.#now) continue;
      if (!row) throw new Error('a call was settled without a row');
      call.cost[account.kind] = row.costNanoUsd ?? 0;
    }
  }

  /** After all have ended: nothing is held, and the ledger's rows are what was spent. */
  async #end(): Promise<void> {
    this.#now += 86_400_000;
    for (const person of people) await this.#balances.sweep(this.#id(person));
    await this.#setLimits('ann', noLimits);
    await this.#setLimits('team', { total: 1 });
    // A team's are settled by the call that finds no room.
    const asked = { op: 'reserve', who: { person: 'ann', key: null }, call: { likely: 1e9, more: 0 } } as const;
    if ((await this.#send(asked).catch(() => undefined)) !== undefined) throw new Error('a budget of 1 was no budget');
    await this.#check('at the end');
    for (const person of people) {
      const calls = this.#calls.filter((call) => call.person === person);
      const days = [...new Set(calls.map(({ startedAt }) => dayOf(startedAt)))];
      const rows = (await Promise.all(days.map((day) => this.#ledger.rowsOf(this.#id(person), day)))).flat();
      same('rows', rows.length, calls.length);
      const item = this.#items.get(this.#id(person));
      same(
        'rows and balance',
        rows.reduce((sum, row) => sum + (row.costNanoUsd ?? 0), 0),
        item?.t.s,
      );
      same('held at the end', Object.keys(item?.r ?? {}), []);
    }
    same('held by the team at the end', Object.keys(this.#items.get(this.#teamId)?.r ?? {}), []);
  }

  #id(person: Person): string {
    return `${this.#name}-${person}`;
  }

  get #teamId(): string {
    return `${this.#name}-team`;
  }

  #accounts(): Account[] {
    return [
      ...people.map((person) => ({ kind: 'person', id: this.#id(person) }) as const),
      { kind: 'team', id: this.#teamId },
    ];
  }

  #limitsOf(scope: ScopeName): Limits {
    return this.#limits.get(scope) ?? noLimits;
  }

  #keyLimits(person: Person, key: 'k1' | 'k2' | string | null): Limits {
    return key === 'k1' || key === 'k2' ? this.#limitsOf(`${person}.${key}`) : noLimits;
  }

  #payingTeam(): PayingTeam | undefined {
    const limits = this.#limitsOf('team');
    return hasLimits(limits) ? { name: this.#teamId, generation: this.#teamGeneration, limits } : undefined;
  }

  #callsOf(account: Account): Call[] {
    return this.#calls.filter(({ reservation }) => reservation.holds.some(({ id }) => id === account.id));
  }

  #openIn(account: Account): Call[] {
    return this.#callsOf(account).filter(({ cost }) => cost[account.kind] === undefined);
  }

  #settledIn(account: Account): Call[] {
    return this.#callsOf(account).filter(({ cost }) => cost[account.kind] !== undefined);
  }
}
