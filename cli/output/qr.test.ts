import { stripVTControlCharacters } from 'node:util';
import { Chalk } from 'chalk';
import { test } from 'vitest';
import { otpauthUri } from '../auth/second-factor.ts';
import { scanQr } from '../testing/scan-qr.ts';
import { formatQr } from './qr.ts';
import { stripControl } from './strip-control.ts';

const plain = new Chalk({ level: 0 });
const colored = new Chalk({ level: 1 });
const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSW';

test.for([
  ['an e-mail', 'ada@example.com'],
  ['a username', 'b81f7aa2-42a5-4b6b-9f0e-0d3f3a5a9c11'],
  ['a long e-mail of any script', `${'x'.repeat(60)}+wörk/日本@example.com`],
] as const)('the picture for %s can be scanned, with colours and without', ([, account], { expect }) => {
  const uri = otpauthUri(account, secret);
  const picture = formatQr(uri, { columns: 80, style: plain }) ?? '';
  expect(picture).toMatch(/^[█▀▄ \n]+$/);
  expect(scanQr(picture, false)).toBe(uri);
  const inColor = formatQr(uri, { columns: 80, style: colored }) ?? '';
  for (const line of inColor.trimEnd().split('\n')) expect(line.startsWith('\u001b[30m\u001b[107m')).toBe(true);
  expect(scanQr(stripVTControlCharacters(inColor), true)).toBe(uri);
  const { searchParams, pathname } = new URL(uri);
  expect([searchParams.get('secret'), searchParams.get('issuer')]).toEqual([secret, 'Pennyworth']);
  expect(decodeURIComponent(pathname)).toContain(`Pennyworth:${account}`);
});

test('fits a usual terminal, and a narrower one gets none', ({ expect }) => {
  const uri = otpauthUri('ada@example.com', secret);
  const width = formatQr(uri, { columns: 80, style: plain })?.split('\n')[0]?.length ?? 0;
  expect(width).toBeLessThanOrEqual(50);
  expect(formatQr(uri, { columns: width, style: plain })).toBeDefined();
  expect(formatQr(uri, { columns: width - 1, style: plain })).toBeUndefined();
  expect(stripControl(uri)).toBe(uri);
});
