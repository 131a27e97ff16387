import { type Mutation, mutationsOf } from './apply.ts';

const responses = 'server/dialects/openai-responses';

const sealingRules = mutationsOf(
  'server/stored/sealing.ts',
  ['server/stored/sealing.test.ts', 'server/stored/sealed-store.test.ts'],
  [
    ['a nonce is never used twice', 'randomBytes(nonceBytes);', 'Buffer.alloc(nonceBytes);'],
    ['each owner has a key of their own', `/\${owner}\`, 32)`, '`, 32)'],
    ['each purpose has a key of its own', `\${purpose}/v`, '/v'],
    ['content is bound to its thing', 'JSON.stringify([version, owner, ...bound])', 'JSON.stringify([version])'],
    ['an unknown layout is not opened', 'if (!looksSealed(sealed) || ', 'if ('],
  ],
);

const storeRules = mutationsOf(
  'server/stored/sealed-store.ts',
  ['server/stored/sealed-store.test.ts'],
  [
    ['what has expired is gone', "typeof ttl === 'number' && ttl > seconds()", "typeof ttl === 'number'"],
    ['an unknown form is refused', 'if (v !== version) throw', 'if (false) throw'],
    ['what is long goes to the bucket', 'sealed.length <= mostItemBytes', 'sealed.length <= 350 * 1024'],
    ['what is short stays in the table', 'sealed.length <= mostItemBytes', 'sealed.length < mostItemBytes'],
    ['another owner’s is not found', `S#\${owner}`, 'S#'],
    ['an object is deleted with its item', "if (typeof item['o'] === 'string') await", 'if (false) await'],
    ['the object comes before its item', 'await objects.put(object, sealed);', ''],
  ],
);

const wholeRules = mutationsOf(
  `${responses}/whole-input.ts`,
  [`${responses}/whole-input.test.ts`],
  [
    ['who refers to nothing costs no read', 'if (!previous && !own.some(isReference)) return', 'if (false) return'],
    ['the conversation comes first', 'input: [...told, ...found]', 'input: [...found, ...told]'],
    ['thoughts no model takes are left out', "return typeof item['encrypted_content'] === 'string';", 'return true;'],
    ['a cut call is left out', "item['status'] !== 'incomplete'", 'true'],
    ['unless it is answered', "answered.has(item['call_id'])", 'false'],
    ['the record keeps them', 'items: [...prior, ...found]', 'items: [...told, ...found]'],
    ['what is put in is counted', '    this.sum += bytes;', ''],
    ['a conversation has an end', 'if (this.sum <= bodyLimitBytes) return;', 'return;'],
    ['no more reads than so many', 'responseId && stored.reads >= mostReads', 'false'],
    ['thoughts are no reason to refuse', 'hasThoughts && stored.reads < mostReads', 'hasThoughts'],
    ['thoughts are not looked for in vain', 'else hasThoughts = false;', ''],
    ['an unknown item is told', 'else if (!isThought) throw', 'else if (false) throw'],
    ['unknown thoughts stay as they are', 'else if (!isThought) throw', 'else if (true) throw'],
    [
      'the caller’s own ids stay',
      "typeof item['id'] === 'string' && !taken.has(item['id']) ? item['id'] : made",
      'made',
    ],
    ['no id comes twice', " && !taken.has(item['id'])", ''],
  ],
);

const keepingRules = mutationsOf(
  `${responses}/keeping.ts`,
  [`${responses}/keeping.test.ts`],
  [
    ['thoughts are stored sealed', '{ ...response, output: [...items.listSealed()] }', 'response'],
    ['what is not stored says so', 'this.#head.keep && !this.#isKept', 'false'],
    ['what is stored says so', 'this.#head.keep && !this.#isKept', 'true'],
  ],
);

/** What is stored, and what goes on from it. */
export const storedRules: readonly Mutation[] = [...sealingRules, ...storeRules, ...wholeRules, ...keepingRules];
