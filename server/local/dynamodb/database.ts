import { AwsFault } from '../emulator.ts';
import { type Journal, openJournal } from '../journal.ts';
import { type ItemKey, Table, type TableSettings } from './table.ts';
import { type Attributes, parseAttributes } from './value.ts';

type JournalRecord =
  | { readonly kind: 'table'; readonly settings: TableSettings }
  | { readonly kind: 'drop'; readonly table: string }
  | { readonly kind: 'put'; readonly table: string; readonly item: Attributes }
  | { readonly kind: 'delete'; readonly table: string; readonly key: ItemKey };

/** All tables. Every change is in the journal before it is acknowledged. */
export class Database {
  readonly region: string;
  readonly now: () => number;
  readonly #tables = new Map<string, Table>();
  readonly #journal: Journal<JournalRecord>;

  /** @param file of the journal; without it everything is in memory. */
  constructor(options: { readonly file?: string; readonly region: string; readonly now: () => number }) {
    this.region = options.region;
    this.now = options.now;
    this.#journal = openJournal<JournalRecord>(
      options.file,
      (record) => this.#replay(record),
      () => this.#snapshot(),
    );
  }

  close(): void {
    this.#journal.close();
  }

  tableNames(): readonly string[] {
    return [...this.#tables.keys()].sort();
  }

  findTable(name: string): Table | undefined {
    return this.#tables.get(name);
  }

  /** @throws AwsFault ResourceNotFoundException */
  getTable(name: string, message = 'Requested resource not found'): Table {
    const table = this.#tables.get(name);
    if (table === undefined) throw new AwsFault('ResourceNotFoundException', message);
    return table;
  }

  saveTable(settings: TableSettings): Table {
    const table = this.#tables.get(settings.name) ?? new Table(settings);
    this.#journal.append({ kind: 'table', settings });
    table.settings = settings;
    this.#tables.set(settings.name, table);
    return table;
  }

  dropTable(table: Table): void {
    this.#journal.append({ kind: 'drop', table: table.settings.name });
    this.#tables.delete(table.settings.name);
  }

  /** The item, unless its time to live has run out: then it is deleted now. */
  findItem(table: Table, key: ItemKey): Attributes | undefined {
    const item = table.find(key);
    if (item === undefined || !table.isExpired(item, this.now())) return item;
    this.deleteItem(table, key);
    return undefined;
  }

  putItem(table: Table, item: Attributes): void {
    this.#journal.append({ kind: 'put', table: table.settings.name, item });
    table.put(item);
  }

  deleteItem(table: Table, key: ItemKey): void {
    this.#journal.append({ kind: 'delete', table: table.settings.name, key });
    table.delete(key);
  }

  #replay(record: JournalRecord): void {
    switch (record.kind) {
      case 'table': {
        const table = this.#tables.get(record.settings.name) ?? new Table(record.settings);
        table.settings = record.settings;
        this.#tables.set(record.settings.name, table);
        return;
      }
      case 'drop':
        this.#tables.delete(record.table);
        return;
      case 'put':
        this.getTable(record.table).put(parseAttributes(record.item));
        return;
      case 'delete':
        this.getTable(record.table).delete(record.key);
    }
  }

  *#snapshot(): Iterable<JournalRecord> {
    for (const [name, table] of this.#tables) {
      yield { kind: 'table', settings: table.settings };
      for (const item of table.items()) {
        if (!table.isExpired(item, this.now())) yield { kind: 'put', table: name, item };
      }
    }
  }
}
