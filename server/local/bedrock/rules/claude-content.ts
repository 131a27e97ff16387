import type { ContentBlock } from '../body.ts';
import type { ModelCall } from '../call.ts';
import { readImageSize } from '../image-size.ts';
import { isClaude } from './claude.ts';
import { once, type Rule, type Values } from './rule.ts';

// What Claude refuses of texts, images and documents.

const maxImageBytes = 5_242_880;

function inBlocks(call: ModelCall, isBad: (block: ContentBlock) => boolean): readonly Values[] {
  return isClaude(call) ? call.blocks.flatMap(({ i, j, block }) => (isBad(block) ? [{ i, j }] : [])) : [];
}

function resultTexts(block: ContentBlock): readonly string[] {
  return (block.toolResult?.content ?? []).flatMap(({ text }) => (typeof text === 'string' ? [text] : []));
}

function isBlank(text: string | null | undefined): boolean {
  return typeof text === 'string' && text !== '' && text.trim() === '';
}

/** Whether a side of the image is longer than `limit` pixels; formats whose size is not read never are. */
function isLarger(block: ContentBlock, limit: number): boolean {
  const bytes = block.image?.source?.bytes;
  const size = bytes ? readImageSize(bytes) : undefined;
  return size !== undefined && size !== 'unknown' && Math.max(size.width, size.height) > limit;
}

const textRules: readonly Rule<ModelCall>[] = [
  {
    id: 'ant-text-empty',
    when: 'a text inside a tool result is empty',
    template: 'messages: text content blocks must be non-empty',
    find: (call) => once(isClaude(call) && call.blocks.some(({ block }) => resultTexts(block).includes(''))),
  },
  {
    id: 'ant-text-whitespace',
    when: 'a text, also inside a tool result, has only whitespace',
    template: 'messages: text content blocks must contain non-whitespace text',
    find: (call) =>
      once(isClaude(call) && call.blocks.some(({ block }) => isBlank(block.text) || resultTexts(block).some(isBlank))),
  },
  {
    id: 'ant-tool-result-missing',
    only: 'converse',
    when: 'a document or video shares its message with a tool result',
    template:
      'messages.{i}: `tool_use` ids were found without `tool_result` blocks immediately after: {ids}. Each `tool_use` block must have a corresponding `tool_result` block in the next message.',
    find: (call) => {
      if (!isClaude(call)) return [];
      return (call.body.messages ?? []).flatMap(({ content }, next) => {
        const ids = (content ?? []).flatMap(({ toolResult }) => toolResult?.toolUseId ?? []);
        const attached = content?.some(({ document, video }) => document ?? video);
        return ids.length > 0 && attached ? [{ i: next - 1, ids: ids.join(', ') }] : [];
      });
    },
  },
];

const imageRules: readonly Rule<ModelCall>[] = [
  {
    id: 'ant-image-in-assistant',
    when: 'an image stands in an assistant message',
    template: "messages.{i}.content: 'image' blocks are not permitted within assistant turns.",
    find: (call) =>
      isClaude(call)
        ? call.blocks.flatMap(({ i, role, block }) => (role === 'assistant' && block.image ? [{ i }] : []))
        : [],
  },
  {
    id: 'ant-image-bytes',
    when: 'an image is larger than 5 MB as base64',
    template: 'messages.{i}.content.{j}.image.source.base64: image exceeds 5 MB maximum: {bytes} bytes > 5242880 bytes',
    find: (call) =>
      isClaude(call)
        ? call.blocks.flatMap(({ i, j, block }) => {
            const bytes = block.image?.source?.bytes?.length ?? 0;
            return bytes > maxImageBytes ? [{ i, j, bytes }] : [];
          })
        : [],
  },
  {
    id: 'ant-image-unreadable',
    when: 'the bytes of an image do not begin as a PNG, JPEG, GIF or WebP file does',
    template: 'messages.{i}.content.{j}.image.source.base64.data: Could not process image',
    find: (call) =>
      inBlocks(call, ({ image }) => {
        const bytes = image?.source?.bytes;
        return Boolean(bytes) && readImageSize(bytes ?? '') === undefined;
      }),
  },
  {
    id: 'ant-image-pixels',
    when: 'an image is more than 8000 pixels wide or high',
    template:
      'messages.{i}.content.{j}.image.source.base64.data: At least one of the image dimensions exceed max allowed size: 8000 pixels',
    find: (call) => inBlocks(call, (block) => isLarger(block, 8000)),
  },
  {
    id: 'ant-image-many-pixels',
    when: 'there are more than 20 images and one is more than 2000 pixels wide or high',
    template:
      'messages.{i}.content.{j}.image.source.base64.data: At least one of the image dimensions exceed max allowed size for many-image requests: 2000 pixels',
    find: (call) =>
      call.blocks.filter(({ block }) => block.image).length > 20
        ? inBlocks(call, (block) => isLarger(block, 2000))
        : [],
  },
];

const documentRules: readonly Rule<ModelCall>[] = [
  {
    id: 'ant-document-s3',
    when: 'a document is given by its S3 address',
    template: 'messages.{i}.content.{j}.document.source.type: Field required',
    find: (call) => inBlocks(call, ({ document }) => Boolean(document?.source?.s3Location)),
  },
  {
    id: 'ant-pdf-invalid',
    when: 'the bytes of a PDF do not begin as a PDF file does',
    template: 'messages.{i}.content.{j}.image.source.bytes: The PDF specified was not valid.',
    find: (call) =>
      inBlocks(call, ({ document }) => {
        const bytes = document?.source?.bytes;
        return document?.format === 'pdf' && Boolean(bytes) && !bytes?.startsWith('JVBER');
      }),
  },
];

export const claudeContentRules: readonly Rule<ModelCall>[] = [...textRules, ...imageRules, ...documentRules];
