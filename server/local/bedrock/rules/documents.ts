import type { DocumentBlock } from '../body.ts';
import type { ModelCall } from '../call.ts';
import { once, type Rule } from './rule.ts';

// What Converse demands of documents and their citations. Underscores and one outer space are fine in a name, although
// the text does not say so.

const nameCharacters = /^[A-Za-z0-9 ()[\]_-]*$/;

function documentsOf({ blocks }: ModelCall): readonly DocumentBlock[] {
  return blocks.flatMap(({ block }) => (block.document ? [block.document] : []));
}

function isCited({ citations }: DocumentBlock): boolean {
  return citations?.enabled === true;
}

export const documentRules: readonly Rule<ModelCall>[] = [
  {
    id: 'conv-document-name-chars',
    when: 'the name of a document has a character that is not allowed, or two spaces in a row',
    template:
      "The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, and square brackets. The name can't contain more than one consecutive whitespace character. Check that the file name conforms to these restrictions and retry your request.",
    find: (call) =>
      once(documentsOf(call).some(({ name }) => name && (!nameCharacters.test(name) || name.includes('  ')))),
  },
  {
    id: 'conv-document-name-duplicate',
    when: 'two documents of the conversation have the same name',
    template: "Messages can't contain duplicate document names. Rename the document and retry your request.",
    find: (call) => {
      const names = documentsOf(call).map(({ name }) => name);
      return once(new Set(names).size < names.length);
    },
  },
  {
    id: 'conv-document-needs-text',
    when: 'a user message has a document and no text',
    template: 'A text block must be included when using documents.',
    find: ({ body }) =>
      once(
        (body.messages ?? []).some(
          ({ role, content }) =>
            role === 'user' && content?.some(({ document }) => document) && !content.some(({ text }) => text),
        ),
      ),
  },
  {
    id: 'conv-citations-toolresult',
    when: 'a document inside a tool result asks for citations',
    template: 'Citations are not supported in tool result documents.',
    find: ({ blocks }) =>
      once(
        blocks.some(({ block }) => block.toolResult?.content?.some(({ document }) => document && isCited(document))),
      ),
  },
  {
    id: 'conv-citations-format',
    when: 'a document with citations has a format other than txt and pdf',
    template: 'Unsupported document format. Only txt and pdf formats are supported when citations are enabled',
    find: (call) =>
      once(
        documentsOf(call).some(
          (document) => isCited(document) && document.format && !['txt', 'pdf'].includes(document.format),
        ),
      ),
  },
  {
    id: 'conv-document-text-needs-citations',
    when: 'Claude is given a document as text or content without citations',
    template: 'Citations must be enabled when using text or content document sources.',
    find: (call) =>
      once(
        call.model.maker === 'anthropic' &&
          documentsOf(call).some(
            (document) => (document.source?.text || document.source?.content) && !isCited(document),
          ),
      ),
  },
];
