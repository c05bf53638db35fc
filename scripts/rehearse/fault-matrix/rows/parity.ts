import { createHash } from 'node:crypto';
import type { SmokeFile } from '../../../../actions/lib/domain/smoke/cases.ts';
import { bodyOf } from '../harness/containers.ts';
import { SMOKE } from '../../../testing/swap-environment.ts';
import { begunFact } from '../harness/declare.ts';
import type { Row } from '../harness/row.ts';
import { withoutProbes } from './without-probes.ts';

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
  return { fault, fixture: { smoke: onlyParity, answers }, ...ends };
}

const differs = (says: RegExp) => ({ ends: rolledBack, says });
const agrees = { ends: promoted, says: /1 answers agree with the release before/ };

const refused = { outcome: 'refused', serves: 'blue', deployment: null, updates: 0 } as const;
const inconclusive = { outcome: 'inconclusive', serves: 'green', deployment: 'error', updates: 1 } as const;

/** Both answer as the cases expect, and further apart than parity allows. */
const farApart = { blue: { offset: -0.4 }, green: { offset: 0.2 } } as const;

const throttled = { kind: 'api-error', operation: 'InvokeEndpoint', code: 'ThrottlingException' } as const;
const denied = { kind: 'api-error', operation: 'InvokeEndpoint', code: 'AccessDeniedException', status: 403 } as const;

/** JSON that is long, and as short as its seed once it is compressed. */
const longAnswer = (last: number): string => JSON.stringify([...Array.from({ length: 30_000 }, () => 0.5), last]);

/** Bytes that can't be compressed: SHA-256 of a counter. */
const incompressible = Buffer.concat(
  Array.from({ length: 2_000 }, (_, index) => createHash('sha256').update(String(index)).digest()),
);

/** The same cases without the comparison of their answers. */
const withoutParity: Partial<SmokeFile> = { cases: SMOKE.cases.map((smoke) => ({ ...smoke, parity: false })) };

/** What becomes of a comparison that was asked for and can't be made. */
const missingParityRows: readonly Row[] = [
  {
    fault: 'two calls for the answers of blue are throttled: they are made again',
    fixture: { answers: farApart },
    arrange: ({ aws }) => {
      aws.faults.inject({ ...throttled, times: 2 });
    },
    ends: rolledBack,
    says: /parity: 2 of 2 answers differ/,
  },
  {
    fault: 'the connection is reset twice while blue is asked',
    fixture: { answers: farApart },
    arrange: ({ aws }) => {
      aws.faults.inject({ kind: 'connection-reset', operation: 'InvokeEndpoint', times: 2 });
    },
    ends: rolledBack,
    says: /parity: 2 of 2 answers differ/,
  },
  {
    fault: 'all calls for the answers of blue are throttled',
    arrange: ({ aws }) => {
      aws.faults.inject(throttled);
    },
    ends: refused,
    says: /could not be asked for the answers that parity compares with/,
  },
  {
    fault: 'the probe may not invoke the endpoint from the start',
    arrange: ({ aws }) => {
      aws.faults.inject(denied);
    },
    ends: refused,
    says: /could not be asked for the answers that parity compares with/,
  },
  {
    fault: 'all calls for the answers of blue are throttled, and parity is not judged',
    fixture: { smoke: { parity: null } },
    arrange: ({ aws }) => {
      aws.faults.inject({ ...throttled, times: 10 });
    },
    ends: promoted,
    says: /nothing to compare with/,
  },
  bodies(
    'answers of 120,000 characters: they are kept whole',
    'application/json',
    [longAnswer(1), longAnswer(2)],
    differs(/parity: .*answer\[30000\] is 2/),
  ),
  bodies(
    'long answers that do not compress: they are kept whole',
    'application/octet-stream',
    [incompressible, incompressible],
    {
      ends: promoted,
    },
  ),
  {
    fault: 'inconclusive, and run again: green differs from blue by more than the tolerance',
    fixture: { answers: farApart },
    runs: [
      ({ aws }) => ({ disturbance: { in: 'verifying', what: () => void aws.faults.inject(denied) } }),
      ({ aws }) => {
        aws.faults.clear();
        return {};
      },
    ],
    ends: rolledBack,
    says: /parity: 2 of 2 answers differ/,
  },
  {
    fault: 'inconclusive twice, and run again: green differs from blue by more than the tolerance',
    fixture: { answers: farApart },
    runs: [
      ({ aws }) => ({ disturbance: { in: 'verifying', what: () => void aws.faults.inject(denied) } }),
      {},
      ({ aws }) => {
        aws.faults.clear();
        return {};
      },
    ],
    ends: rolledBack,
    says: /parity: 2 of 2 answers differ/,
  },
  {
    fault: 'green serves unverified, and the ledger has no answers of blue that can be read',
    fixture: { serving: 'green' },
    arrange: async ({ ledger, releases, configName }) => {
      const attempt = await ledger.append({
        ...begunFact(releases.green, configName('blue'), releases.blue.id),
        baseline: 'not packed',
      });
      const serves = configName('green');
      const end = { outcome: 'inconclusive', cause: 'none', verdict: 'none', serves, evidence: null } as const;
      await ledger.append({ kind: 'ended', attempt, ...end });
    },
    ends: { ...inconclusive, updates: 0 },
    says: /parity was not judged: no answer of the release before is known for case "one row"/,
  },
  {
    fault: 'blue refuses every case',
    fixture: { answers: { blue: { status: 404 } } },
    ends: inconclusive,
    says: /the release before answered no case \(status 404\)/,
  },
  {
    fault: 'blue refuses every case, and no case asks for the comparison',
    fixture: { answers: { blue: { status: 404 } }, smoke: withoutParity },
    ends: promoted,
  },
];

/** What the comparison with the answers of blue finds, by the form of the answers. */
const rows: readonly Row[] = [
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
  ...missingParityRows,
];

export const parityRows = rows.map(withoutProbes);
