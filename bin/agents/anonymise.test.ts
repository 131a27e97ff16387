import { expect, test } from 'vitest';
import { anonymise, anonymiseHeaders } from './anonymise.ts';

const traces = { folder: '/tmp/run-1', today: '2031-07-09' };
const id = '01a1fdde-90ae-7c43-82a0-06fbb6649ca3';
const prose = 'You are a coding agent. '.repeat(10);

test.for([
  ['a long text is told by its length', { text: prose }, { text: '<text of 240 characters>' }],
  ['and by its tag', { text: `<note>${prose}` }, { text: '<note><text of 250 characters></note>' }],
  ['a short text stays', { text: 'Wrote file.' }, { text: 'Wrote file.' }],
  [
    'a description is shorter still',
    { description: 'Shell command to execute, and a word more' },
    { description: '<text of 41 characters>' },
  ],
  [
    'a property called description is a schema',
    { properties: { description: { type: 'string' } } },
    { properties: { description: { type: 'string' } } },
  ],
  ['a script stays whole', { text: `${prose}[[sim:{}]]` }, { text: `${prose}[[sim:{}]]` }],
  [
    'ids are numbered, the same one alike',
    { a: `msg_${id}`, b: [`call_${'x'.repeat(22)}`, id] },
    { a: 'msg_0001', b: ['call_0002', '0001'] },
  ],
  [
    'folders and dates go',
    { cwd: '/tmp/run-1/work', text: 'It is 2031-07-09.' },
    { cwd: '/project', text: 'It is 2026-01-01.' },
  ],
  [
    'also in JSON in a text',
    { arguments: `{"file":"/tmp/run-1/a","content":"${prose}"}` },
    { arguments: `{"file":"/project/a","content":"${prose}"}` },
  ],
  [
    'what an answer sealed is named',
    { encrypted_content: 'abc', signature: 'def' },
    { encrypted_content: '<encrypted_content>', signature: '<signature>' },
  ],
  [
    'flags, numbers and null stay',
    { stream: true, max: 3, encrypted_content: null },
    { stream: true, max: 3, encrypted_content: null },
  ],
] as const)('%s', ([, body, cleaned]) => {
  expect(anonymise(body, traces)).toEqual(cleaned);
});

test('headers: what matters stays, credentials and the machine go', () => {
  const headers = {
    authorization: 'Bearer pnw_secret',
    'x-api-key': 'pnw_secret',
    host: '127.0.0.1:4242',
    'anthropic-beta': 'a-2025-01-01,b-2025-01-01',
    'user-agent': 'codex_exec/0.169.0 (Debian 12.0.0; x86_64) xterm',
  };
  expect(anonymiseHeaders(headers)).toEqual({
    'anthropic-beta': 'a-2025-01-01,b-2025-01-01',
    'user-agent': 'codex_exec/0.169.0',
  });
});
