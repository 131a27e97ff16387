import { Pair, parseDocument, Scalar, type ScalarTag, visit, YAMLMap, type YAMLSeq } from 'yaml';

/** CloudFormation's short forms (`!Ref X`), read as what they stand for (`{ Ref: X }`). */
const functions = [
  ...['And', 'Equals', 'GetAtt', 'If', 'Join', 'Not', 'Or', 'Select', 'Split', 'Sub'].map((name) => `Fn::${name}`),
  'Ref',
  'Condition',
];

const tagOf = (name: string) => `!${name.replace('Fn::', '')}`;

function wrap(name: string, argument: unknown): YAMLMap {
  const map = new YAMLMap();
  map.add(new Pair(new Scalar(name), argument));
  return map;
}

const scalarTags = functions.map((name): ScalarTag => {
  // `!GetAtt A.B` is the list [A, B], where only the first point separates.
  const argumentOf = (text: string) => (name === 'Fn::GetAtt' ? text.split(/\.(.*)/s, 2) : text);
  return { tag: tagOf(name), resolve: (text) => ({ [name]: argumentOf(text) }) };
});

const listTags = functions.map((name) => ({
  tag: tagOf(name),
  collection: 'seq' as const,
  resolve: (list: YAMLMap.Parsed | YAMLSeq.Parsed) => wrap(name, list),
}));

/**
 * A template in YAML as plain data, with every function in its long form.
 * @throws Error for YAML that CloudFormation does not read: it knows no aliases.
 */
export function readTemplate(text: string): unknown {
  const document = parseDocument(text, { version: '1.1', schema: 'core', customTags: [...scalarTags, ...listTags] });
  const fault = document.errors[0] ?? document.warnings[0];
  if (fault) throw fault;
  visit(document, {
    Alias: (_, { source }) => {
      throw new Error(`*${source}: CloudFormation reads no YAML aliases; write the value out.`);
    },
  });
  return document.toJS();
}
