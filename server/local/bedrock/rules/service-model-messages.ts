import type { ContentBlock } from '../body.ts';
import type { Call } from '../call.ts';
import type { Rule, Values } from './rule.ts';

// What the service model refuses inside messages. Members are counted from 1 here. Source: as service-model.ts.

const toolName = /^[a-zA-Z0-9_-]+$/;
const toolUseId = /^[a-zA-Z0-9_.:-]+$/;
const s3UriPattern = 's3://[a-z0-9][\\.\\-a-z0-9]{1,61}[a-z0-9](/.*)?';
const s3Uri = new RegExp(`^${s3UriPattern}$`);
const documentFormats = ['pdf', 'csv', 'doc', 'docx', 'xls', 'xlsx', 'html', 'txt', 'md'];
const imageFormats = ['png', 'jpeg', 'gif', 'webp'];
const videoFormats = ['mkv', 'mov', 'mp4', 'webm', 'flv', 'mpeg', 'mpg', 'wmv', 'three_gp'];
const ttls = ['5m', '1h'];

interface Found {
  readonly at: string;
  readonly value: string;
}

const member = "Value '{value}' at '{at}' failed to satisfy constraint: ";
const hidden = "Value at '{at}' failed to satisfy constraint: ";
const missing = "Value null at '{at}' failed to satisfy constraint: Member must not be null";

/** One rule over every content block; `find` names the bad members below the block. */
function inBlocks(
  id: string,
  when: string,
  template: string,
  find: (block: ContentBlock) => readonly Found[],
): Rule<Call> {
  return {
    id,
    when,
    template,
    find: ({ blocks }) =>
      blocks.flatMap(({ i, j, block }): readonly Values[] =>
        find(block).map(({ at, value }) => ({
          at: `messages.${i + 1}.member.content.${j + 1}.member.${at}`,
          value,
        })),
      ),
  };
}

function found(at: string, value: string | null | undefined, isBad: (value: string) => boolean): readonly Found[] {
  return value !== null && value !== undefined && isBad(value) ? [{ at, value }] : [];
}

function without(at: string, holder: object | null | undefined, value: unknown): readonly Found[] {
  return holder && (value === null || value === undefined) ? [{ at, value: '' }] : [];
}

function notOneOf(allowed: readonly string[]): (value: string) => boolean {
  return (value) => !allowed.includes(value);
}

/** Every place of a request that may hold a cache point, with the path the service model gives it. */
function cachePoints(
  call: Call,
): readonly { at: string; type: string | null | undefined; ttl: string | null | undefined }[] {
  const places = [
    ...(call.body.toolConfig?.tools ?? []).map((tool, i) => ({ at: `toolConfig.tools.${i + 1}`, holder: tool })),
    ...(call.body.system ?? []).map((block, i) => ({ at: `system.${i + 1}`, holder: block })),
    ...call.blocks.map(({ i, j, block }) => ({ at: `messages.${i + 1}.member.content.${j + 1}`, holder: block })),
  ];
  return places.flatMap(({ at, holder: { cachePoint } }) =>
    cachePoint ? [{ at: `${at}.member.cachePoint`, type: cachePoint.type, ttl: cachePoint.ttl }] : [],
  );
}

export const serviceModelMessageRules: readonly Rule<Call>[] = [
  {
    id: 'sm-role-enum',
    when: "a message's role is not user, assistant or system",
    template:
      "Value '{value}' at 'messages.{i1}.member.role' failed to satisfy constraint: Member must satisfy enum value set: [system, user, assistant]",
    find: ({ body }) =>
      (body.messages ?? []).flatMap(({ role }, i) =>
        role && !['user', 'assistant', 'system'].includes(role) ? [{ value: role, i1: i + 1 }] : [],
      ),
  },
  {
    id: 'sm-role-null',
    when: 'a message has no role',
    template: "Value null at 'messages.{i1}.member.role' failed to satisfy constraint: Member must not be null",
    find: ({ body }) =>
      (body.messages ?? []).flatMap(({ role }, i) => (role === null || role === undefined ? [{ i1: i + 1 }] : [])),
  },
  {
    id: 'sm-content-null',
    when: 'a message has no content',
    template: "Value null at 'messages.{i1}.member.content' failed to satisfy constraint: Member must not be null",
    find: ({ body }) => (body.messages ?? []).flatMap(({ content }, i) => (content ? [] : [{ i1: i + 1 }])),
  },
  inBlocks(
    'sm-tooluse-name-pattern',
    'the name of a tool call does not match [a-zA-Z0-9_-]+; history is checked too',
    `${hidden}Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+`,
    ({ toolUse }) => found('toolUse.name', toolUse?.name, (name) => !toolName.test(name)),
  ),
  inBlocks(
    'sm-tooluse-name-max',
    'the name of a tool call is longer than 64 characters',
    `${hidden}Member must have length less than or equal to 64`,
    ({ toolUse }) => found('toolUse.name', toolUse?.name, (name) => name.length > 64),
  ),
  inBlocks(
    'sm-tooluseid-pattern',
    'a toolUseId does not match [a-zA-Z0-9_.:-]+',
    `${member}Member must satisfy regular expression pattern: [a-zA-Z0-9_.:-]+`,
    ({ toolUse, toolResult }) => [
      ...found('toolUse.toolUseId', toolUse?.toolUseId, (id) => !toolUseId.test(id)),
      ...found('toolResult.toolUseId', toolResult?.toolUseId, (id) => !toolUseId.test(id)),
    ],
  ),
  inBlocks(
    'sm-tooluseid-length',
    'a toolUseId is longer than 64 characters',
    `${member}Member must have length less than or equal to 64`,
    ({ toolUse, toolResult }) => [
      ...found('toolUse.toolUseId', toolUse?.toolUseId, (id) => id.length > 64),
      ...found('toolResult.toolUseId', toolResult?.toolUseId, (id) => id.length > 64),
    ],
  ),
  inBlocks(
    'sm-tooluseid-empty',
    'a toolUseId is empty',
    `${member}Member must have length greater than or equal to 1`,
    ({ toolUse, toolResult }) => [
      ...found('toolUse.toolUseId', toolUse?.toolUseId, (id) => id === ''),
      ...found('toolResult.toolUseId', toolResult?.toolUseId, (id) => id === ''),
    ],
  ),
  inBlocks('sm-tooluseid-null', 'a tool call or result has no toolUseId', missing, ({ toolUse, toolResult }) => [
    ...without('toolUse.toolUseId', toolUse, toolUse?.toolUseId),
    ...without('toolResult.toolUseId', toolResult, toolResult?.toolUseId),
  ]),
  inBlocks('sm-tooluse-input-null', 'a tool call has no input', missing, ({ toolUse }) =>
    without('toolUse.input', toolUse, toolUse?.input),
  ),
  inBlocks(
    'sm-toolresult-content-null',
    'a tool result has no content (an empty list is fine)',
    missing,
    ({ toolResult }) => without('toolResult.content', toolResult, toolResult?.content),
  ),
  inBlocks(
    'sm-toolresult-status-enum',
    "a tool result's status is neither success nor error",
    `${member}Member must satisfy enum value set: [success, error]`,
    ({ toolResult }) => found('toolResult.status', toolResult?.status, notOneOf(['success', 'error'])),
  ),
  inBlocks(
    'sm-image-format-enum',
    'an image has an unknown format (jpg is one)',
    `${member}Member must satisfy enum value set: [gif, jpeg, png, webp]`,
    ({ image }) => found('image.format', image?.format, notOneOf(imageFormats)),
  ),
  inBlocks(
    'sm-image-bytes-empty',
    'an image has no bytes',
    `${member}Member must have length greater than or equal to 1`,
    ({ image }) => found('image.source.bytes', image?.source?.bytes, (bytes) => bytes === ''),
  ),
  inBlocks(
    'sm-document-format-enum',
    'a document has an unknown format',
    `${member}Member must satisfy enum value set: [pdf, csv, doc, docx, xls, xlsx, html, txt, md]`,
    ({ document }) => found('document.format', document?.format, notOneOf(documentFormats)),
  ),
  inBlocks(
    'sm-document-name-length',
    'the name of a document is longer than 200 characters',
    `${member}Member must have length less than or equal to 200`,
    ({ document }) => found('document.name', document?.name, (name) => name.length > 200),
  ),
  inBlocks(
    'sm-document-name-empty',
    'the name of a document is empty',
    `${member}Member must have length greater than or equal to 1`,
    ({ document }) => found('document.name', document?.name, (name) => name === ''),
  ),
  inBlocks('sm-document-source-null', 'a document has no source', missing, ({ document }) =>
    without('document.source', document, document?.source),
  ),
  inBlocks(
    'sm-video-format-enum',
    'a video has an unknown format',
    `${member}Member must satisfy enum value set: [mkv, mov, mp4, webm, flv, mpeg, mpg, wmv, three_gp]`,
    ({ video }) => found('video.format', video?.format, notOneOf(videoFormats)),
  ),
  inBlocks(
    'sm-s3uri-pattern',
    'an s3Location is not an S3 address or is longer than 1024 characters',
    `${member}Member must satisfy regular expression pattern: ${s3UriPattern}`,
    ({ image, video, document }) => {
      const isBad = (uri: string) => uri.length > 1024 || !s3Uri.test(uri);
      return [
        ...found('image.source.s3Location.uri', image?.source?.s3Location?.uri, isBad),
        ...found('video.source.s3Location.uri', video?.source?.s3Location?.uri, isBad),
        ...found('document.source.s3Location.uri', document?.source?.s3Location?.uri, isBad),
      ];
    },
  ),
  {
    id: 'sm-cachepoint-type-enum',
    when: "a cache point's type is not default",
    template: `${member}Member must satisfy enum value set: [default]`,
    find: (call) =>
      cachePoints(call).flatMap(({ at, type }) =>
        type === 'default' ? [] : [{ at: `${at}.type`, value: type ?? 'null' }],
      ),
  },
  {
    id: 'sm-cachepoint-ttl-enum',
    when: "a cache point's ttl is neither 5m nor 1h",
    template: `${member}Member must satisfy enum value set: [5m, 1h]`,
    find: (call) =>
      cachePoints(call).flatMap(({ at, ttl }) =>
        ttl === null || ttl === undefined || ttls.includes(ttl) ? [] : [{ at: `${at}.ttl`, value: ttl }],
      ),
  },
];
