import en from 'zod/v4/locales/en.js';

/** For every parse whose faults are told to somebody: zod/mini brings no words, so each would be "Invalid input". */
export const readableErrors = { error: en().localeError };
