import { runDeployEndpoint } from '../../../../actions/deploy-endpoint/run.ts';
import { concludeSwap } from '../../../../actions/lib/adapters/runner/conclude-swap.ts';
import { describeError } from '../../../../actions/lib/domain/errors/user-error.ts';
import type { SmokeFile } from '../../../../actions/lib/domain/smoke/cases.ts';
import type { SwapPhase } from '../../../../actions/lib/domain/swap/state.ts';
import type { SwapPorts } from '../../../../actions/lib/operations/swap-release.ts';
import { runRollbackEndpoint } from '../../../../actions/rollback-endpoint/run.ts';
import type { MatrixFixture } from './fixture.ts';

/** Exit code, outputs, summary and log of a run. */
export interface RunResult {
  /** Null where the run was killed. */
  readonly exitCode: 0 | 1 | null;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly log: readonly string[];
}

/** A signal or a change during the run. */
interface Disturbance {
  /** The state of the swap in which it happens. */
  readonly in: SwapPhase;
  readonly what: 'SIGINT' | 'SIGTERM' | 'SIGKILL' | (() => void | Promise<void>);
}

export interface RunOptions {
  readonly action?: 'deploy' | 'rollback';
  readonly release?: string;
  readonly force?: boolean;
  /** What was fixed at dispatch as the release to leave. */
  readonly leaves?: string;
  readonly acceptRejected?: string;
  readonly acceptServing?: string;
  readonly recheck?: boolean;
  /** The smoke cases of the checkout, where they are not the fixture's; null where they can't be read. */
  readonly smoke?: SmokeFile | null;
  /** The commit that the run is for; default: one that is newer than every other. */
  readonly commit?: string;
  readonly inFlight?: 'abort' | 'wait';
  readonly disturbance?: Disturbance;
  /** Sets the runner's clock once, in this state, by this much. */
  readonly clockStep?: { readonly in: SwapPhase; readonly milliseconds: number };
  /** Replaces ports of the run, for faults that the emulators can't inject. */
  readonly wrap?: (ports: Omit<SwapPorts, 'reporter' | 'signal'>) => Omit<SwapPorts, 'reporter' | 'signal'>;
}

/** Commits in the order in which they came to the main branch. */
export const OLD_COMMIT = 'c'.repeat(40);
const NEW_COMMIT = 'd'.repeat(40);
const COMMITS = { mergeBase: async (one: string, other: string) => await Promise.resolve(one < other ? one : other) };

/** Runs an action's use case on a virtual clock and collects what the runner would keep. */
export async function runUseCase(fixture: MatrixFixture, options: RunOptions = {}): Promise<RunResult> {
  const log: string[] = [];
  const outputs: Record<string, string> = {};
  let summary = '';
  const cancellation = new AbortController();
  let kill: () => void = () => undefined;
  const killed = new Promise<'killed'>((resolve) => {
    kill = () => resolve('killed');
  });
  let isDead = false;
  let pending: Promise<void> = Promise.resolve();
  let clockStep = 0;
  const disturb = (line: string): void => {
    const { disturbance } = options;
    if (options.clockStep !== undefined && line.includes(` s: ${options.clockStep.in}: `)) {
      clockStep = options.clockStep.milliseconds;
    }
    if (disturbance === undefined || !line.includes(` s: ${disturbance.in}: `)) return;
    switch (disturbance.what) {
      case 'SIGKILL':
        isDead = true;
        kill();
        break;
      case 'SIGINT':
      case 'SIGTERM':
        cancellation.abort(new Error(`the runner sent ${disturbance.what}`));
        break;
      default:
        pending = Promise.resolve(disturbance.what());
    }
  };
  const write = (line: string): void => {
    log.push(line);
    disturb(line);
  };
  const fixturePorts = fixture.ports(options.action === 'rollback' ? OLD_COMMIT : (options.commit ?? NEW_COMMIT));
  const bare = {
    ...fixturePorts,
    clock: { ...fixturePorts.clock, now: () => fixturePorts.clock.now() + clockStep },
  };
  const ports = mortal(options.wrap?.(bare) ?? bare, async () => {
    // Finish the change before the next call is sent.
    await pending;
    return isDead;
  });
  const subject = { environment: fixture.environment, releaseFile: fixture.releaseFile };
  const pace = { 'poll-interval-seconds': 15_000, 'heartbeat-seconds': 60_000 };
  const all: SwapPorts = {
    ...ports,
    signal: cancellation.signal,
    reporter: { info: write, debug: write, warning: write, error: write },
  };
  const run = concludeSwap(
    {
      setOutputs: (values) => {
        Object.assign(outputs, values);
      },
      addSummary: (markdown) => {
        summary += markdown;
        return Promise.resolve();
      },
    },
    'Deployment to production',
    async () =>
      options.action === 'rollback'
        ? await runRollbackEndpoint(
            {
              ...pace,
              release: options.release,
              reason: 'the matrix',
              force: options.force ?? false,
              leaves: options.leaves,
              'in-flight': options.inFlight ?? 'abort',
            },
            { ...subject, readSmokeFile: async () => await Promise.resolve(smokeOf(fixture, options)) },
            all,
          )
        : await runDeployEndpoint(
            {
              ...pace,
              release: options.release,
              'accept-rejected': options.acceptRejected,
              'accept-serving': options.acceptServing,
              recheck: options.recheck ?? false,
              provenance: undefined,
            },
            { ...subject, smokeFile: smokeOf(fixture, options), commit: options.commit ?? NEW_COMMIT },
            { ...all, git: COMMITS },
          ),
  );
  const ended = run.then(
    () => 0 as const,
    (error: unknown) => {
      log.push(describeError(error));
      return 1 as const;
    },
  );
  const exit = await Promise.race([ended, killed]);
  return { exitCode: exit === 'killed' ? null : exit, outputs, summary, log };
}

function smokeOf(fixture: MatrixFixture, { smoke = fixture.smoke }: RunOptions): SmokeFile {
  if (smoke !== null) return smoke;
  throw new Error('smoke.json is not JSON');
}

/** Ports that never answer once the process is killed, as none of its code runs any more. */
function mortal<Ports extends Omit<SwapPorts, 'reporter' | 'signal'>>(
  ports: Ports,
  isDead: () => Promise<boolean>,
): Ports {
  const wrapped = Object.entries(ports).map(([name, port]) => {
    if (typeof port === 'function' || name === 'clock')
      return [name, name === 'clock' ? mortalMethods(port, isDead, ['sleep']) : port];
    return [name, mortalMethods(port, isDead)];
  });
  return Object.fromEntries(wrapped) as Ports;
}

function mortalMethods(port: object, isDead: () => Promise<boolean>, only?: readonly string[]): object {
  return Object.fromEntries(
    Object.entries(port).map(([name, method]: [string, unknown]) => {
      if (typeof method !== 'function' || name === 'read' || (only !== undefined && !only.includes(name))) {
        return [name, method];
      }
      return [
        name,
        async (...args: unknown[]) => {
          if (await isDead()) await new Promise(() => undefined);
          const result: unknown = await Reflect.apply(method, port, args);
          if (await isDead()) await new Promise(() => undefined);
          return result;
        },
      ];
    }),
  );
}
