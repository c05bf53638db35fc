import type { SmokeFile } from '../../../../actions/lib/domain/smoke-cases.ts';
import { bodyOf } from '../containers.ts';
import { SMOKE } from '../environment.ts';
import type { Row } from '../row.ts';

const promoted = { outcome: 'promoted', serves: 'green', deployment: 'success', updates: 1 } as const;
const rolledBack = { outcome: 'rolled-back', serves: 'blue', deployment: 'failure', updates: 2 } as const;

/** One case whose answer only parity judges. */
const onlyParity: Partial<SmokeFile> = {
  cases: SMOKE.cases
    .slice(0, 1)
    .map(({ expect: { status }, ...smoke }) => ({ ...smoke, name: 'compared', expect: { status } })),
};

/** A row in which blue and green answer every request with a body of their own. */
function bodies(
  fault: string,
  contentType: string,
  [blue, green]: readonly [string | Uint8Array, string | Uint8Array],
  ends: Pick<Row, 'ends' | 'says'>,
): Row {
  const answers = { blue: { body: bodyOf(contentType, blue) }, green: { body: bodyOf(contentType, green) } };
  return { fault, world: { smoke: onlyParity, answers }, ...ends };
}

const differs = (says: RegExp) => ({ ends: rolledBack, says });
const agrees = { ends: promoted, says: /1 answers agree with the release before/ };

/** What the comparison with the answers of blue finds, by the form of the answers. */
export const parityRows: readonly Row[] = [
  bodies(
    'JSON: an int64 beyond 2^53 is off by one',
    'application/json',
    ['{"ids":[9007199254740992]}', '{"ids":[9007199254740993]}'],
    // The tolerance of 0.5 is less than one.
    differs(/parity: .*answer\.ids\[0\] is 9007199254740993/),
  ),
  bodies('CSV: an identifier loses its zeros', 'text/csv', ['007,1.0\n', '7,1.0\n'], differs(/row 1, field 1 is 7/)),
  bodies('CSV: an identifier is taken for a number', 'text/csv', ['1e3\n', '1000\n'], differs(/field 1 is 1000/)),
  bodies('CSV: two rows are merged', 'text/csv', ['1,2\n3,4\n', '1,2,3,4\n'], differs(/answer is 1 rows/)),
  bodies('CSV: an empty field is gone', 'text/csv', ['1,,2\n', '1,2\n'], differs(/row 1 is 2 fields/)),
  bodies(
    'binary answers: one byte is another',
    'application/octet-stream',
    [Uint8Array.of(1, 0xfe, 3), Uint8Array.of(1, 0xff, 3)],
    differs(/byte 2 is 0xff, expected 0xfe/),
  ),
  bodies('binary answers: the same', 'application/octet-stream', [Uint8Array.of(255), Uint8Array.of(255)], agrees),
  bodies('JSON: Infinity in both answers', 'application/json', ['[Infinity,1.0]', '[Infinity,1.1]'], agrees),
  bodies('JSON lines within the tolerance', 'application/jsonlines', ['[1.0]\n[2.0]\n', '[1.1]\n[2.1]\n'], agrees),
  bodies('CSV within the tolerance', 'text/csv', ['cat,1.0\ndog,2e-05\n', 'cat,1.1\ndog,2.1e-05\n'], agrees),
];
