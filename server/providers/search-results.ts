import type { SearchResultPart } from '../model/request.ts';

/** A search result for a model that has no place of its own for it. It then cites nothing, which is reported. */
export function tellSearchResult(
  { title, source, content, citations }: SearchResultPart,
  dropped: Set<string>,
): string {
  if (citations) dropped.add('messages.content.citations');
  return [title, source, ...content.map(({ text }) => text)].join('\n');
}
