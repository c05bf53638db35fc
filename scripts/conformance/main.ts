import { parseChoice, parseCommandLine, parseWholeNumber, runCommand, UsageError } from '../command-line.ts';
import { runBare } from './bare.ts';
import { ONNX_TEST_DATA } from '../testing/find-tool.ts';
import { listCases, type ConformanceCase } from './cases.ts';
import { renderReport, type CaseOutcome } from './report.ts';
import { runZoo } from './zoo.ts';
import { adoptZoo } from './zoo-adopt.ts';
import { reviewZoo } from './zoo-review.ts';
import { startCaseServer, type CaseServer, type Mode, type PassedBare } from './served.ts';

const usage = `usage: npm run conformance -- [--data DIRECTORY] [--filter TEXT] [--servers N] [--mode multi|single]
       npm run conformance -- --zoo [--filter TEXT] [--answers N]
       npm run conformance -- --adopt [--filter TEXT]
       npm run conformance -- --review [--filter TEXT]`;

/** Runs the cases of a shared list, one after the other, on one server. */
async function drain(
  mode: Mode,
  queue: { conformanceCase: ConformanceCase; bare: PassedBare }[],
  outcomes: CaseOutcome[],
): Promise<void> {
  const server: CaseServer = await startCaseServer(mode);
  try {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const served = await server.run(next.conformanceCase, next.bare);
      outcomes.push({ name: next.conformanceCase.name, bare: next.bare, served });
    }
  } finally {
    await server.close();
  }
}

await runCommand('npm run conformance', usage, async () => {
  const { values } = parseCommandLine({
    options: {
      data: { type: 'string', default: ONNX_TEST_DATA },
      filter: { type: 'string', default: '' },
      servers: { type: 'string', default: '2' },
      mode: { type: 'string', default: 'multi' },
      zoo: { type: 'boolean', default: false },
      adopt: { type: 'boolean', default: false },
      review: { type: 'boolean', default: false },
      answers: { type: 'string', default: '40000' },
    },
  });
  const modes = (['zoo', 'adopt', 'review'] as const).filter((name) => values[name]);
  if (modes.length > 1) {
    throw new UsageError({
      what: '--zoo, --adopt and --review exclude each other',
      expected: 'one of them',
      found: modes.map((name) => `--${name}`).join(' '),
    });
  }
  if (values.zoo) {
    const answers = parseWholeNumber('--answers', values.answers, 1);
    const isRight = await runZoo({ filter: values.filter, answers, report: (line) => console.log(line) });
    process.exitCode = isRight ? 0 : 1;
    return;
  }
  if (values.adopt) {
    process.exitCode = (await adoptZoo(values.filter, (line) => console.log(line))) ? 0 : 1;
    return;
  }
  if (values.review) {
    process.exitCode = (await reviewZoo(values.filter, (line) => console.log(line))) ? 0 : 1;
    return;
  }
  const mode: Mode = parseChoice('--mode', values.mode, ['multi', 'single']);
  const servers = parseWholeNumber('--servers', values.servers, 1);
  const started = performance.now();
  const cases = listCases(values.data, values.filter);
  console.log(`${cases.length} cases in ${values.data}; first with onnxruntime-node alone`);
  const bareResults = await runBare(cases);
  const outcomes: CaseOutcome[] = [];
  const queue = cases.flatMap((conformanceCase) => {
    const bare = bareResults.get(conformanceCase.name);
    if (bare?.kind === 'passed') return [{ conformanceCase, bare }];
    outcomes.push({ name: conformanceCase.name, bare: bare ?? { kind: 'failed', reason: 'was not run' } });
    return [];
  });
  if (queue.length === 0) throw new Error('onnxruntime-node alone passes none of them: nothing to compare');
  console.log(`${queue.length} pass; now the same through the server`);
  await Promise.all(Array.from({ length: servers }, () => drain(mode, queue, outcomes)));
  const { text, failed } = renderReport(outcomes);
  console.log(text);
  console.log(`${((performance.now() - started) / 1000).toFixed(1)} s`);
  process.exitCode = failed === 0 ? 0 : 1;
});
