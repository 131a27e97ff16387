import type { CreateKey } from '../../shared/api/keys.ts';
import { KeyList } from '../../shared/api/keys.ts';
import { Me } from '../../shared/api/me.ts';
import { UserList } from '../../shared/api/users.ts';
import { slotCount } from '../../shared/api-key.ts';
import type { ApiClient } from '../api/client.ts';
import { getList } from '../api/pages.ts';
import { parseModels } from '../commands/keys/models.ts';
import { parseExpiry, parseKeyName, parseScopes } from '../commands/keys/settings.ts';
import { chooseUser, labelOf } from '../commands/users/find-user.ts';
import { CliError, UsageError } from '../errors.ts';
import { type CsvRecord, readCsv } from './read-csv.ts';

/** A key to be made, as a line of a CSV file says. */
export interface NewKeyRow {
  readonly line: number;
  readonly owner: Owner;
  readonly body: CreateKey;
}

interface Owner {
  readonly id: string;
  readonly label: string;
  readonly groups: readonly string[];
  readonly activeKeys: number;
}

interface ParsedLine {
  readonly line: number;
  readonly user: string;
  readonly body: CreateKey;
}

const columns = ['name', 'user', 'expires', 'models', 'scopes', 'team'];

/** The lines of a file, each checked by itself. Words of a list stand between blanks or commas. @throws UsageError */
export function parseNewKeys(text: string): ParsedLine[] {
  const table = readCsv(text);
  const unknown = table.columns.find((column) => !columns.includes(column));
  if (unknown !== undefined) {
    throw new UsageError(`the CSV has an unknown column "${unknown}"`, { hint: `columns: ${columns.join(', ')}` });
  }
  if (!table.columns.includes('name')) {
    throw new UsageError('the CSV has no column "name"', { hint: `columns: ${columns.join(', ')}` });
  }
  const problems = new Problems();
  const rows = table.records.flatMap((record) => problems.collect(record.line, () => [parseLine(record)]) ?? []);
  problems.throwIfAny(table.records.length);
  if (rows.length === 0)
    throw new UsageError('the CSV names no key', { hint: 'a line for each key, below the header' });
  return rows;
}

function parseLine({ line, cells, isWhole }: CsvRecord): ParsedLine {
  if (!isWhole) throw new UsageError('it has not as many cells as the header', { hint: undefined });
  const words = (column: string) => (cells[column] ?? '').split(/[\s,]+/).filter((word) => word !== '');
  const models = words('models');
  const scopes = words('scopes');
  const team = cells['team'] ?? '';
  const body: CreateKey = {
    name: parseKeyName(cells['name'] ?? ''),
    ...(scopes.length > 0 ? { scopes: parseScopes(scopes, 'the column scopes') } : {}),
    ...(models.length > 0 ? { models: parseModels(models, 'the column models') } : {}),
    ...parseExpiry(cells['expires'] || undefined, 'the end'),
    ...(team === '' ? {} : { team }),
  };
  return { line, user: cells['user'] ?? '', body };
}

/**
 * The lines with their owners. All that can be known beforehand is held against what is there: people, teams, and how
 * many keys each may have. `isMade` tells lines whose keys are there already.
 * @throws UsageError naming the lines
 */
export async function resolveOwners(
  api: ApiClient,
  lines: readonly ParsedLine[],
  isMade: (line: number) => boolean,
): Promise<NewKeyRow[]> {
  const find = await ownerFinder(api, lines);
  const problems = new Problems();
  const counts = new Map<string, number>();
  const rows = lines.flatMap(({ line, user, body }) => {
    const row = problems.collect(line, () => {
      const owner = find(user);
      const count = (counts.get(owner.id) ?? owner.activeKeys) + (isMade(line) ? 0 : 1);
      counts.set(owner.id, count);
      if (count > slotCount) throw wrong(`${owner.label} would have more than ${slotCount} active keys`);
      if (body.team !== undefined && !owner.groups.includes(body.team)) {
        throw wrong(`${owner.label} is not in the team "${body.team}"`);
      }
      return { line, owner, body: user === '' ? body : { ...body, user_id: owner.id } };
    });
    return row ? [row] : [];
  });
  problems.throwIfAny(lines.length);
  return rows;
}

/** Everybody is read once, however many lines name them. */
async function ownerFinder(api: ApiClient, lines: readonly ParsedLine[]): Promise<(user: string) => Owner> {
  const own = lines.some(({ user }) => user === '') ? await readSelf(api) : undefined;
  const others = lines.some(({ user }) => user !== '') ? (await getList(api, '/v1/users', UserList, {})).data : [];
  const found = new Map<string, Owner>();
  return (user) => {
    if (user === '' && own) return own;
    const known = found.get(user);
    if (known) return known;
    const person = chooseUser(others, user);
    if (person.status === 'disabled') throw wrong(`${labelOf(person)} is disabled`);
    const { user_id: id, groups, active_keys: activeKeys } = person;
    const owner = { id, label: labelOf(person), groups, activeKeys };
    found.set(user, owner);
    return owner;
  };
}

async function readSelf(api: ApiClient): Promise<Owner> {
  const [me, keys] = await Promise.all([
    api.get('/v1/me', Me),
    getList(api, '/v1/keys', KeyList, { status: 'active' }),
  ]);
  return { id: me.user_id, label: me.email ?? me.user_id, groups: me.groups, activeKeys: keys.data.length };
}

function wrong(message: string): UsageError {
  return new UsageError(message, { hint: undefined });
}

const mostTold = 10;

/** What is wrong with a file, gathered over all of its lines. */
export class Problems {
  readonly #found: string[] = [];

  /** What `work` returns; undefined where it threw. */
  collect<T>(line: number, work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      this.#found.push(`line ${line}: ${error.message}`);
      return undefined;
    }
  }

  throwIfAny(lines: number): void {
    const count = this.#found.length;
    if (count === 0) return;
    const told = this.#found.slice(0, mostTold).join('; ');
    const more = count > mostTold ? `; and ${count - mostTold} more` : '';
    throw new UsageError(`${count} of ${lines} lines cannot be done, so nothing was: ${told}${more}`, {
      hint: 'mend these lines and run it again',
      code: 'bad_lines',
    });
  }
}
