import { randomInt } from 'node:crypto';

/** Digits that nobody can guess. */
export function createCode(length: number): string {
  return Array.from({ length }, () => randomInt(10)).join('');
}

/** `a***@e***`, as Cognito shows where a code went. */
export function maskAddress(email: string): string {
  return email.replace(/^(.)[^@]*@(.).*$/, '$1***@$2***');
}
