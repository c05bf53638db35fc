import type { RowResult } from './harness/row.ts';
import { RELEASE_NAMES } from './harness/fixture.ts';

const TITLES: Readonly<Record<string, string>> = {
  promoted: 'promoted',
  'rolled-back': 'rolled back',
  inconclusive: 'inconclusive',
  stuck: 'stuck',
  refused: 'refused',
  interrupted: 'interrupted',
  held: 'held',
};

/** What the exit code, the deployment, the summary and the endpoint say that contradicts one another. */
export function checkAgreement(result: RowResult): readonly string[] {
  const { row, last, outcome, deployment, serves, fixture, results, ledgerSays } = result;
  const problems: string[] = [];
  const claim = (holds: boolean, problem: string): void => {
    if (!holds) problems.push(problem);
  };
  const recorded = ledgerSays === 'promoted';
  claim(last.exitCode === 0 || last.exitCode === 1, 'the last run has no exit code');
  claim(
    (last.exitCode === 0) === (outcome === 'promoted' && recorded),
    `exit code ${String(last.exitCode)} with ${outcome}, and the ledger says ${ledgerSays ?? 'nothing'}`,
  );
  claim(recorded || row.isRecorded === false || outcome !== 'promoted', 'what was promoted is not recorded');
  claim(deployment !== 'success' || recorded, `the deployment says success, and the ledger ${ledgerSays ?? 'nothing'}`);
  const headline = last.summary.split('\n')[0] ?? '';
  claim(
    headline.endsWith(`: ${TITLES[outcome] ?? 'none'}`),
    `the summary's first line is "${headline}", the outcome ${outcome}`,
  );
  claim(headline.includes('✅') === (last.exitCode === 0), 'the mark of the summary contradicts the exit code');
  claim(
    (last.exitCode === 1) === last.summary.includes('What to do next'),
    'a failure has to say what to do next, a success nothing',
  );
  const servingRelease = last.outputs['serving-release'] ?? '';
  const actual = RELEASE_NAMES.find((name) => name === serves);
  if (servingRelease !== '' && actual !== undefined) {
    claim(fixture.releases[actual].id === servingRelease, `${serves} serves, the output says ${servingRelease}`);
    claim(
      last.summary.includes(`| Serves now | \`${fixture.configName(actual)}\` |`),
      'the summary names another config as serving',
    );
  }
  const inProgress = fixture.aws.calls.filter(
    ({ operation, error }) => operation === 'UpdateEndpoint' && error === 'ValidationException',
  );
  // A retry of the SDK after a lost answer is the one way that this may happen.
  claim(inProgress.length <= 5, `UpdateEndpoint was called ${inProgress.length} times while an update was in progress`);
  for (const { log, summary, outputs } of results) {
    const text = [...log, summary, JSON.stringify(outputs)].join('\n');
    claim(!fixture.secrets.some((secret) => text.includes(secret)), 'a secret is shown');
  }
  return problems;
}
