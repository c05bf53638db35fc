import { parseArgs } from 'node:util';
import { runBare } from './bare.ts';
import { debianDataDirectory, listCases, type ConformanceCase } from './cases.ts';
import { renderReport, type CaseOutcome } from './report.ts';
import { startCaseServer, type CaseServer, type PassedBare } from './served.ts';

const usage = 'usage: npm run conformance -- [--data DIRECTORY] [--filter TEXT] [--servers N]';

/** Runs the cases of a shared list, one after the other, on one server. */
async function drain(
  queue: { conformanceCase: ConformanceCase; bare: PassedBare }[],
  outcomes: CaseOutcome[],
): Promise<void> {
  const server: CaseServer = await startCaseServer();
  try {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const served = await server.run(next.conformanceCase, next.bare);
      outcomes.push({ name: next.conformanceCase.name, bare: next.bare, served });
    }
  } finally {
    await server.close();
  }
}

try {
  const { values } = parseArgs({
    options: {
      data: { type: 'string', default: debianDataDirectory },
      filter: { type: 'string', default: '' },
      servers: { type: 'string', default: '2' },
    },
  });
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
  console.log(`${queue.length} pass; now the same through the server`);
  await Promise.all(Array.from({ length: Number(values.servers) }, () => drain(queue, outcomes)));
  const { text, failed } = renderReport(outcomes);
  console.log(text);
  console.log(`${((performance.now() - started) / 1000).toFixed(1)} s`);
  process.exitCode = failed === 0 ? 0 : 1;
} catch (error) {
  console.error(`conformance: ${error instanceof Error ? error.message : String(error)}\n${usage}`);
  process.exitCode = 1;
}
