import type { Citation } from '../../model/events.ts';
import { type JsonObject, listAt, numberAt, objectAt, textAt } from './json.ts';

/** Converse's words for where something stands. Web pages are none of the request's. */
const converseKinds: readonly (readonly [string, string, Citation['place']['kind']])[] = [
  ['documentChar', 'documentIndex', 'characters'],
  ['documentPage', 'documentIndex', 'pages'],
  ['documentChunk', 'documentIndex', 'blocks'],
  ['searchResultLocation', 'searchResultIndex', 'search-result'],
];

/** Converse's citation, of a whole answer or of a stream; undefined for a place that is not in the request. */
export function readCitation(citation: JsonObject): Citation | undefined {
  for (const [name, indexName, kind] of converseKinds) {
    const location = objectAt(citation['location'], name);
    if (!location) continue;
    const texts = listAt(citation, 'sourceContent').map((each) => textAt(each, 'text') ?? '');
    const [index, start, end] = [indexName, 'start', 'end'].map((member) => numberAt(location, member) ?? 0);
    return {
      citedText: texts.join(''),
      title: textAt(citation, 'title'),
      source: textAt(citation, 'source'),
      place: { kind, index: index ?? 0, start: start ?? 0, end: end ?? 0 },
    };
  }
  return undefined;
}

const claudeKinds: Readonly<Record<string, readonly [Citation['place']['kind'], ...string[]]>> = {
  char_location: ['characters', 'document_index', 'start_char_index', 'end_char_index'],
  page_location: ['pages', 'document_index', 'start_page_number', 'end_page_number'],
  content_block_location: ['blocks', 'document_index', 'start_block_index', 'end_block_index'],
  search_result_location: ['search-result', 'search_result_index', 'start_block_index', 'end_block_index'],
};

/** Anthropic's own citation; undefined for a place that is not in the request. */
export function readClaudeCitation(citation: JsonObject | undefined): Citation | undefined {
  const type = textAt(citation, 'type') ?? '';
  const known = Object.hasOwn(claudeKinds, type) ? claudeKinds[type] : undefined;
  if (!known) return undefined;
  const [kind, ...members] = known;
  const [index, start, end] = members.map((member) => numberAt(citation, member) ?? 0);
  return {
    citedText: textAt(citation, 'cited_text') ?? '',
    title: textAt(citation, 'document_title') ?? textAt(citation, 'title'),
    source: textAt(citation, 'source'),
    place: { kind, index: index ?? 0, start: start ?? 0, end: end ?? 0 },
  };
}
