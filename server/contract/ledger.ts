import { inject } from 'vitest';
import { type UsageCall, UsageCallList } from '../../shared/api/usage.ts';

const { url, api_key: apiKey } = inject('dev');

/** The newest row of the ledger with these values, if there is one among the newest so many. */
export async function findRow(wanted: Partial<UsageCall>, limit = 1000): Promise<UsageCall | undefined> {
  const response = await fetch(`${url}/v1/usage/calls?limit=${limit}`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  const { data } = UsageCallList.parse(JSON.parse(await response.text()));
  const isWanted = new Map(Object.entries(wanted));
  return data.find((row) =>
    Object.entries(row).every(([name, value]) => !isWanted.has(name) || isWanted.get(name) === value),
  );
}

/** The row of an answered request. It is written once the answer has left, so that it may take a moment. */
export function rowOf(headers: Headers): Promise<UsageCall> {
  return rowOfRequest(headers.get('x-request-id') ?? '');
}

/** The same, by the request's id. */
export async function rowOfRequest(id: string): Promise<UsageCall> {
  for (let attempt = 0; attempt < 60; attempt++) {
    const row = await findRow({ request_id: id }, attempt === 0 ? 50 : 1000);
    if (row) return row;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no ledger row for ${id} within some seconds`);
}
