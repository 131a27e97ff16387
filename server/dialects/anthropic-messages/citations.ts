import type { Citation } from '../../model/events.ts';

/** A citation in Anthropic's words. */
export function toClaudeCitation({ citedText, title, source, place }: Citation): Record<string, unknown> {
  const { kind, index, start, end } = place;
  if (kind === 'search-result') {
    const where = { search_result_index: index, start_block_index: start, end_block_index: end };
    return {
      type: 'search_result_location',
      cited_text: citedText,
      source: source ?? '',
      title: title ?? null,
      ...where,
    };
  }
  const about = { cited_text: citedText, document_index: index, document_title: title ?? null, file_id: null };
  switch (kind) {
    case 'characters':
      return { type: 'char_location', ...about, start_char_index: start, end_char_index: end };
    case 'pages':
      return { type: 'page_location', ...about, start_page_number: start, end_page_number: end };
    case 'blocks':
      return { type: 'content_block_location', ...about, start_block_index: start, end_block_index: end };
  }
}
