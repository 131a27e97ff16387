import { test } from 'vitest';
import { GatewayError } from '../errors.ts';
import { largestFileBytes, readBase64, readDataUrl, toImage, toMediaPart } from './media.ts';
import { compound, gif, jpeg, noText, pdf, png, textFile, wav, webp, zip } from './test-files.ts';

const faultOf = (run: () => unknown): string => {
  try {
    run();
    return 'none';
  } catch (error) {
    if (error instanceof GatewayError) return `${error.param} ${error.message}`;
    throw error;
  }
};

test.for([
  ['QUJD', 'QUJD'],
  ['QUI=', 'QUI='],
  ['QUI', 'QUI='],
  ['QQ==', 'QQ=='],
  [' QU\nI=\r\n', 'QUI='],
  ['_-8', '/+8='],
  ['_-8A', '/+8A'],
] as const)('reads the base64 %j as %s', ([given, data], { expect }) => {
  expect(readBase64(given, 'x').data).toBe(data);
});

test.for(['QU*D', 'QUJDR', 'Q', 'QUI=QUI=', '日本日本', 'Q=Q='])(
  'says of %j that it is no base64',
  (given, { expect }) => {
    expect(faultOf(() => readBase64(given, 'x.data'))).toContain('x.data x.data: is not base64');
  },
);

test.for(['', '==', ' \n'])('refuses the empty file %j', (given, { expect }) => {
  expect(faultOf(() => readBase64(given, 'x'))).toContain('x: is an empty file');
});

test('refuses a file larger than any model takes', ({ expect }) => {
  const most = Buffer.alloc(largestFileBytes);
  expect(readBase64(most.toString('base64'), 'x').bytes).toHaveLength(largestFileBytes);
  const more = Buffer.alloc(largestFileBytes + 1).toString('base64');
  expect(faultOf(() => readBase64(more, 'x'))).toBe('x x: is a file of 5000001 bytes; send at most 5000000.');
});

test.for(['data:image/png,abc', 'data:image/png', 'data:;base64', 'data:text/plain;charset=utf-8,abc'])(
  'refuses %s, which has no base64',
  (url, { expect }) => {
    expect(faultOf(() => readDataUrl(url, 'x.url'))).toContain('x.url: is not a data URL in base64');
  },
);

test.for([
  [png, 'png'],
  [jpeg, 'jpeg'],
  [gif, 'gif'],
  [webp, 'webp'],
] as const)('types an image by its first bytes: %s', ([data, format], { expect }) => {
  // The label is ignored, also where it is no type at all.
  for (const label of ['image/jpg', 'image/png', 'image/bmp', 'application/octet-stream', '']) {
    expect(toImage(readDataUrl(`DATA:${label};Base64,${data}`, 'x'), 'x')).toEqual({
      type: 'image',
      format,
      data,
      path: 'x',
    });
  }
});

test.for([pdf, wav, textFile])('refuses %s as an image, whatever it is called', (data, { expect }) => {
  expect(faultOf(() => toImage(readBase64(data, 'x', 'image/png'), 'x'))).toBe(
    'x x: is no PNG, JPEG, GIF or WebP; convert it to one.',
  );
});

const office = 'application/vnd.openxmlformats-officedocument';
test.for([
  [png, '', 'a.pdf', 'image', 'png'],
  [pdf, '', undefined, 'document', 'pdf'],
  [pdf, 'text/plain', 'a.txt', 'document', 'pdf'],
  [zip, `${office}.wordprocessingml.document`, undefined, 'document', 'docx'],
  [zip, '', 'Plan.XLSX', 'document', 'xlsx'],
  [compound, 'application/msword', undefined, 'document', 'doc'],
  [compound, '', 'a.b.xls', 'document', 'xls'],
  [textFile, 'text/csv', undefined, 'document', 'csv'],
  [textFile, '', 'a.markdown', 'document', 'md'],
  [textFile, '', 'index.htm', 'document', 'html'],
  [textFile, '', 'main.ts', 'document', 'txt'],
  [textFile, 'application/json', undefined, 'document', 'txt'],
  [textFile, 'application/pdf', 'a.pdf', 'document', 'txt'],
  [wav, 'audio/x-wav', undefined, 'audio', 'wav'],
  [noText, 'audio/mpeg', undefined, 'audio', 'mp3'],
  [noText, 'video/quicktime', undefined, 'video', 'mov'],
  [noText, 'video/3gpp', undefined, 'video', 'three_gp'],
] as const)('takes %s (%s, %s) as %s %s', ([data, mediaType, filename, type, format], { expect }) => {
  expect(toMediaPart(readBase64(data, 'x', mediaType, filename), 'x')).toMatchObject({ type, format, data });
});

test.for([
  [zip, '', 'a.zip'],
  [compound, '', undefined],
  [noText, 'application/octet-stream', undefined],
  [noText, 'audio/constructor', undefined],
] as const)('refuses %s (%s, %s)', ([data, mediaType, filename], { expect }) => {
  expect(faultOf(() => toMediaPart(readBase64(data, 'x', mediaType, filename), 'x'))).toContain(
    'x: is no kind of file',
  );
});

test.for([zip, compound])('takes a container that is called a text for no document: %s', (data, { expect }) => {
  const file = readBase64(data, 'x', 'text/plain', 'a.txt');
  expect(faultOf(() => toMediaPart(file, 'x'))).toContain('x: is no kind of file');
});
