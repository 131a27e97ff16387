// Small files of every kind, as base64; tests only.

const base64 = (content: string) => Buffer.from(content, 'latin1').toString('base64');

/** A whole PNG of one pixel. */
export const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
export const jpeg = base64('\xff\xd8\xff\xe0\0\x10JFIF');
export const gif = base64('GIF89a\x01\0\x01\0');
export const webp = base64('RIFF\x24\0\0\0WEBPVP8 ');
export const pdf = base64('%PDF-1.4\n');
export const zip = base64('PK\x03\x04\x14\0');
export const compound = base64('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0');
export const wav = base64('RIFF\x24\0\0\0WAVEfmt ');
export const noText = base64('\xc3\x28\x01');
export const textFile = base64('Some text.');
