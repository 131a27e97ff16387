import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { AuditEvent } from '../../shared/api/audit.ts';
import type { Group } from '../../shared/api/groups.ts';
import type { Key } from '../../shared/api/keys.ts';
import type { Me } from '../../shared/api/me.ts';
import type { Model } from '../../shared/api/models.ts';
import type { UsageCall, UsageReport } from '../../shared/api/usage.ts';
import type { User, UserSummary } from '../../shared/api/users.ts';
import type { StoredSession } from '../auth/credentials-file.ts';

// Answers of a gateway, in the form of the contract (the types hold them to it).

export const exampleUser = 'b81f7aa2-42a5-4b6b-9f0e-0d3f3a5a9c11';

export const exampleMe: Me = {
  user_id: exampleUser,
  email: 'ada@example.com',
  groups: ['admin'],
  mfa: false,
  team: null,
  budgets: [],
  rpm: null,
  tpm: null,
  concurrency: null,
  models: ['*'],
  teams: [],
};

export const exampleKey: Key = {
  id: 'key_5hT2mWq81RzC',
  name: 'laptop',
  last4: 'q7Rz',
  status: 'active',
  user_id: exampleUser,
  email: 'ada@example.com',
  team: null,
  scopes: ['inference', 'mcp'],
  models: ['*'],
  mcp_tools: ['*'],
  budgets: [],
  rpm: null,
  tpm: null,
  concurrency: null,
  created_at: '2026-11-01T08:00:00.000Z',
  expires_at: '2027-02-18T12:00:00.000Z',
  last_used_at: '2026-11-21T11:58:00.000Z',
};

/** The text of a key, in its form. */
export const exampleKeyText = `pnw_${'0'.repeat(23)}1${'A'.repeat(49)}`;

export const exampleModel: Model = {
  id: 'claude-sonnet-4-5',
  object: 'model',
  created: 1759104000,
  owned_by: 'anthropic',
  pennyworth: {
    provider: 'bedrock',
    target: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    profiles: ['us.anthropic.claude-sonnet-4-5-20250929-v1:0'],
    context_window: 200_000,
    max_output_tokens: 64_000,
    prices_usd_per_million_tokens: {
      input: '3.00',
      output: '15.00',
      cache_read: '0.30',
      cache_write_5m: '3.75',
      cache_write_1h: null,
    },
    capabilities: ['streaming', 'system', 'tools', 'vision'],
  },
};

const counts = {
  requests: 412,
  errors: 2,
  input_tokens: 1_920_000,
  cache_read_tokens: 3_000,
  cache_write_tokens: 0,
  output_tokens: 148_000,
  reasoning_tokens: 0,
};

export const exampleUsage: UsageReport = {
  from: '2026-11-01',
  to: '2026-11-21',
  group_by: 'model',
  currency: 'USD',
  rows: [
    { group: 'claude-sonnet-4-5', ...counts, cost_nano_usd: 9_810_000_001, cost_usd: '9.810000001' },
    { group: null, ...counts, requests: 1, cost_nano_usd: null, cost_usd: null },
  ],
  total: { ...counts, requests: 413, cost_nano_usd: 9_810_000_001, cost_usd: '9.810000001' },
  unpriced_requests: 1,
  prices_as_of: '2026-11-18',
};

export const exampleCall: UsageCall = {
  request_id: 'req_1',
  time: '2026-11-21T11:59:59.000Z',
  user_id: exampleUser,
  key_id: null,
  team: null,
  endpoint: '/v1/chat/completions',
  model: 'claude-sonnet-4-5',
  provider: 'bedrock',
  status: 'ok',
  stream: true,
  duration_ms: 2140,
  attempts: 1,
  input_tokens: 10,
  cache_read_tokens: 5,
  cache_write_tokens: 0,
  output_tokens: 128,
  reasoning_tokens: 0,
  cost_nano_usd: 2_934_000,
  cost_usd: '0.002934000',
  dropped: [],
  tag: null,
};

export const secretTokens = ['access-token-of-ada', 'id-token-of-ada', 'refresh-token-of-ada'] as const;

/** What a sign-in at this address leaves in credentials.json. */
export function testSession(url: string, expiresAt = '2026-11-21T13:00:00.000Z'): StoredSession {
  const [access_token, id_token, refresh_token] = secretTokens;
  const place = { url, cognito_endpoint: `${url}/`, client_id: 'client1', username: exampleUser };
  return { ...place, access_token, id_token, refresh_token, expires_at: expiresAt };
}

/** Writes the files that a sign-in leaves behind. */
export function signInFiles(folder: string, url: string, expiresAt?: string): void {
  const profiles = { work: testSession(url, expiresAt) };
  const config = { profile: 'work', profiles: { work: { url } } };
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config));
  writeFileSync(path.join(folder, 'credentials.json'), JSON.stringify({ version: 1, profiles }), { mode: 0o600 });
}

export const exampleBob: User = {
  user_id: 'c0a80101-42a5-4b6b-9f0e-0d3f3a5a9c22',
  type: 'person',
  email: 'bob@example.com',
  name: null,
  status: 'active',
  groups: ['research'],
  policy: null,
  active_keys: 2,
  created_at: '2026-10-01T08:00:00.000Z',
  mfa: false,
  models: ['claude-*'],
};

const { mfa: _mfa, models: _models, ...bobInList } = exampleBob;
/** Bob as a list shows him. */
export const exampleBobInList: UserSummary = bobInList;

export const exampleGroup: Group = {
  name: 'research',
  description: 'Those who ask',
  role: false,
  policy: { models: ['claude-*'], team: null, budgets: [], rpm: 60, tpm: null, concurrency: null },
  created_at: '2026-09-01T08:00:00.000Z',
};

export const exampleEvent: AuditEvent = {
  id: 'evt-1',
  time: '2026-11-21T11:58:00.000Z',
  actor: exampleUser,
  actor_key: null,
  action: 'key.update',
  target: exampleKey.id,
  user_id: exampleUser,
  request_id: 'req-9',
  source_ip: '192.0.2.7',
  reason: null,
  before: { name: 'laptop', models: ['*'] },
  after: { name: 'old-laptop', models: ['*'] },
};
