import type { MessagesHead } from './thinking.ts';

/** The head of an answer; tests only. */
export const head: MessagesHead = { id: 'msg_68b0', model: 'claude-sonnet-4-5', omitsThinking: false };
