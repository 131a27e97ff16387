import { type Input, oneOf } from './input.ts';
import type { Table } from './table.ts';

/** One write unit for each started KB. */
export function writeUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / 1024));
}

/** One read unit for each started 4 KB, half of that when the read need not be consistent. */
export function readUnits(bytes: number, consistent: boolean): number {
  return Math.max(1, Math.ceil(bytes / 4096)) * (consistent ? 1 : 0.5);
}

export function wantsCapacity(input: Input): boolean {
  return oneOf(input, 'ReturnConsumedCapacity', ['NONE', 'TOTAL', 'INDEXES']) !== 'NONE';
}

export function describeCapacity(input: Input, table: Table, units: number) {
  const total = { TableName: table.settings.name, CapacityUnits: units };
  return input['ReturnConsumedCapacity'] === 'INDEXES' ? { ...total, Table: { CapacityUnits: units } } : total;
}

/** The member of the answer, if the caller asked for it. */
export function consumedCapacity(input: Input, table: Table, units: number) {
  return wantsCapacity(input) ? { ConsumedCapacity: describeCapacity(input, table, units) } : {};
}
