import type { Capabilities } from '../../catalogue/catalogue.ts';
import type { MediaPart, ToolResultPart } from '../../model/request.ts';
import type { Part, Turn } from './turns.ts';

type ResultContent = ToolResultPart['content'][number];

/** What may not stand in a result: Converse has no sound there, and many models see nothing there (B17). */
function isOutside(part: ResultContent, { toolResultImages }: Capabilities): part is MediaPart {
  return part.type === 'audio' || (!toolResultImages && (part.type === 'image' || part.type === 'video'));
}

/**
 * Files out of the tool results and right behind the last of these, in order; a cache point after a result stays behind
 * its files. Expects a turn in order.
 */
export function hoistFiles(turn: Turn, capabilities: Capabilities): Turn {
  const isHeld = (part: Part) =>
    part.type === 'tool-result' && part.content.some((each) => isOutside(each, capabilities));
  if (!turn.parts.some(isHeld)) return turn;
  const results: Part[] = [];
  const files: Part[] = [];
  const rest: Part[] = [];
  for (const part of turn.parts) {
    if (part.type !== 'tool-result') rest.push(part);
    else if (!isHeld(part)) results.push(part);
    else {
      const { cacheAfter, ...result } = part;
      results.push({ ...result, content: part.content.filter((each) => !isOutside(each, capabilities)) });
      const its = part.content.filter((each) => isOutside(each, capabilities));
      for (const [at, file] of its.entries()) {
        files.push(cacheAfter && at === its.length - 1 ? { ...file, cacheAfter } : file);
      }
    }
  }
  return { role: turn.role, parts: [...results, ...files, ...rest] };
}
