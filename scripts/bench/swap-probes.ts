import { createSageMakerInvoker } from '../../actions/lib/adapters/aws/sagemaker-runtime.ts';
import { systemClock } from '../../actions/lib/adapters/system/system-clock.ts';
import { createSwapProbes } from '../../actions/lib/operations/probe-swap.ts';
import { SMOKE } from '../testing/swap-environment.ts';

// Probes of a swap in a process of their own: one tick for every message, told when it is over. No answer is green's, so
// that each tick asks as often as it may.
const [region = '', endpointName = ''] = process.argv.slice(2);
const silent = (): void => undefined;
const busy = { at: 0, invocations: 1_000_000, errors: 0, p50Milliseconds: 1, p99Milliseconds: 1 };
const probes = createSwapProbes(
  {
    endpointName,
    green: { id: 'f'.repeat(12), config: 'green' },
    blue: { id: null, config: 'blue' },
    expected: { file: SMOKE, releaseId: null, parity: null, judgesLatency: false },
    settings: { intervalSeconds: 10, latencyRatio: null, errorPercentagePoints: null, whenInconclusive: 'continue' },
  },
  {
    invoker: createSageMakerInvoker({ region }, systemClock, 'probe-bench'),
    metrics: { minutes: async () => await Promise.resolve([busy]) },
    clock: systemClock,
    reporter: { info: silent, debug: silent, warning: silent, error: silent },
    signal: new AbortController().signal,
  },
);
process.on('message', () => {
  const before = probes.report().asked;
  void probes.ask(1).then(() => process.send?.(probes.report().asked - before));
});
// Connections that are kept alive would keep it.
process.once('disconnect', () => process.exit());
