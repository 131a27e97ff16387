/** A test that fails at an oracle, what its failure says, and why the oracle is no judge of that. */
export type Difference = readonly [test: string, says: string, reason: string];

const noSignatures = 'it checks no signatures';
const ownClock = 'its clock cannot be set by a test';

// Where the oracles are at odds with what AWS documents, or with what others have measured on AWS, ours follows those.
const atBoth: readonly Difference[] = [
  ['who may call > another secret is refused', 'resolved', noSignatures],
  ['who may call > an unknown key is refused', 'resolved', noSignatures],
  ['tables > lose items some seconds after their time to live', 'to deeply equal [ 1, 1, +0 ]', ownClock],
  [
    'updates > of nested maps and lists, with every kind of return value',
    'to deeply equal { …(3) }',
    'UPDATED_NEW gives more than what was updated; the developer guide shows the updated parts only',
  ],
  [
    'updates > 200 at once of a millionth add up',
    "expected { N: '0.000200' }",
    'it keeps the zeros at the end of a number; the developer guide: they are trimmed',
  ],
  [
    'updates > that only remove make no item',
    'The document path provided in the update expression is invalid',
    'it makes the item; measured on AWS: https://github.com/scylladb/scylladb/issues/5862',
  ],
];

/** By project of vitest.config.ts and file. A test that is listed and passes fails the run: then its line must go. */
export const differences: Readonly<Record<string, Readonly<Record<string, readonly Difference[]>>>> = {
  moto: {
    'server/auth/authenticate.test.ts': [
      [
        'a person’s state > disabled, their keys and tokens stop within a minute, and work again when enabled',
        'User does not exist.',
        'it has no sign-in by SRP',
      ],
      [
        'while Cognito is out of reach > keys of people who were just here go on for five minutes, everybody else gets 503',
        'User does not exist.',
        'it has no sign-in by SRP',
      ],
    ],
    'server/local/dynamodb/emulator.test.ts': [
      ...atBoth,
      ['who may call > a call without a signature is refused', 'is not valid JSON', noSignatures],
      ['tables > live from creation to deletion', "[ 'table', 'second' ]", 'it lists tables in no order'],
      ['updates > keep numbers of 38 digits exact', 'to deeply equal { Object (n) }', 'it answers nothing to this ADD'],
      ['capacity follows the size of the item', 'expected 1 to be 5', 'its figures of capacity are fixed'],
    ],
    'server/local/dynamodb/pages.test.ts': [
      ['pages > filter after reading, and count', 'to match object', 'its figures of capacity are fixed'],
      [
        'pages > end at 1 MB',
        'expected [ 3, …(1) ]',
        'its page ends before the item that goes past 1 MB, not after it',
      ],
      ['batches read and delete, with projections', 'to deeply equal', 'its figures of capacity are fixed'],
    ],
    'server/local/s3/emulator.test.ts': [
      [
        'objects > come back as they were put: a//b/../c',
        'expected undefined',
        'its router resolves the path of a key',
      ],
      ['who may call > an unknown key is refused', 'resolved', noSignatures],
      ['who may call > another secret is refused', 'resolved', noSignatures],
      ['who may call > a request without a signature is refused', 'AccessDenied', 'its refusal has no body'],
      ['presigned URLs > hold for a time, a method and a key only', 'expected 200', noSignatures],
      ['presigned URLs > fix the length and type of an upload that they sign', 'expected 200', noSignatures],
      [
        'presigned URLs > with the checksum of another body refuse the upload',
        'expected 200',
        'it checks no checksums',
      ],
    ],
    'server/local/ssm/emulator.test.ts': [
      [
        'a secret is readable only with decryption, and made only once without Overwrite',
        'to deeply equal',
        'another account and another clock',
      ],
      [
        'what is there and what is gone survive a restart, in a file for its owner only',
        'Parameter kept not found.',
        'it keeps everything in memory',
      ],
      [
        'a parameter is refused: Parameter name must be a fully qualified name.',
        'resolved',
        'the user guide: a name with a slash in it begins with one',
      ],
      [
        'a parameter is refused: Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier.',
        'resolved',
        'it knows no tiers',
      ],
      ['an unknown key is refused', 'ParameterNotFound', noSignatures],
      ['another secret is refused', 'ParameterNotFound', noSignatures],
    ],
  },
  'dynamodb-local': {
    'server/local/dynamodb/emulator.test.ts': [
      ...atBoth,
      ['who may call > a call without a signature is refused', 'to deeply equal', 'other words'],
      ['tables > live from creation to deletion', 'Cannot create preexisting table', 'other words; moto has ours'],
      ['tables > remember their backups setting', 'An unknown operation was requested.', 'it has no backups'],
      ['updates > keep numbers of 38 digits exact', 'precision up to 38 digits', 'other words'],
    ],
    'server/local/dynamodb/pages.test.ts': [
      [
        'batches read and delete, with projections',
        'to deeply equal',
        'its delete of what is not there costs two units; the developer guide: one',
      ],
    ],
  },
};
