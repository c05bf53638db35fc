import { ServiceError } from '../../../actions/lib/domain/errors/service-error.ts';
import type { EndpointStatus, EndpointView, Fleet } from '../../../actions/lib/domain/endpoint/endpoint.ts';
import {
  endpointConfigName,
  releaseIdOfConfig,
  type NamedEnvironment,
} from '../../../actions/lib/domain/environment/names.ts';
import { decodeFact, encodeFact, type FactObject, type FactOrigin } from '../../../actions/lib/domain/ledger/fact.ts';
import { readHistory } from '../../../actions/lib/domain/ledger/history.ts';
import type { Release, ReleaseId } from '../../../actions/lib/domain/release/release.ts';
import type { SwapPorts } from '../../../actions/lib/operations/swap-release.ts';

/** How the answers of a release are: a flaky one is right or wrong from one time to the next. */
export type Quality = 'good' | 'bad' | 'flaky';

/** How often things go wrong, each from 0 to 1. */
export interface Mischief {
  /** A look shows the endpoint as it was before; at most two in a row. */
  readonly stale: number;
  /** An update shows only later what it brings. */
  readonly late: number;
  /** The number of instances changes by itself. */
  readonly scaling: number;
  /** Somebody swaps the endpoint by hand while a job runs. */
  readonly strangers: number;
  /** SageMaker rolls an update back, with a reason or without. */
  readonly rollback: number;
  /** And that fails too. */
  readonly rollbackFails: number;
  readonly callFails: number;
  /** A call takes effect, and its answer is lost. */
  readonly answerIsLost: number;
  readonly denied: number;
  /** The clock of the runner is set. */
  readonly clock: number;
  readonly kill: number;
  readonly ledgerFails: number;
}

interface Update {
  readonly config: string;
  readonly before: string;
  /** Looks until it ends. */
  looksLeft: number;
  /** Looks until it shows what it brings. */
  hiddenFor: number;
  fails: boolean;
  readonly alarmNames: readonly string[];
}

/** An account in which everything goes wrong now and then, and what is really there. */
export class AdverseAws {
  status: EndpointStatus = 'InService';
  config: string;
  modifiedAt = 1;
  failureReason: string | undefined;
  update: Update | undefined;
  scalingLooks = 0;
  alarmNames: readonly string[] | undefined;
  readonly facts: FactObject[] = [];
  /** Calls of ports so far: the steps of the check. */
  steps = 0;
  /** When somebody swapped by hand last, in steps. */
  lastStranger = -Infinity;
  /** When a job looked at the endpoint last, in steps. */
  lastLook = -Infinity;
  /** When an instance answered last, in steps. */
  lastAnswer = -Infinity;
  /** Facts that could not be written. */
  lostFacts = 0;
  /** Answers of each release since this was cleared. */
  readonly answers = new Map<ReleaseId, { right: number; wrong: number }>();
  #milliseconds = 0;
  #skew = 0;
  #lastView: EndpointView | undefined;
  #staleInARow = 0;

  readonly environment: NamedEnvironment;
  readonly releases: readonly Release[];
  readonly qualities: ReadonlyMap<ReleaseId, Quality>;
  readonly random: () => number;
  readonly mischief: Mischief;

  /** An AWS in which the first release serves, and nothing is recorded. */
  constructor(
    environment: NamedEnvironment,
    releases: readonly Release[],
    qualities: ReadonlyMap<ReleaseId, Quality>,
    random: () => number,
    mischief: Mischief,
  ) {
    this.environment = environment;
    this.releases = releases;
    this.qualities = qualities;
    this.random = random;
    this.mischief = mischief;
    this.config = endpointConfigName(environment, releases[0]?.id ?? '');
  }

  chance(share: number): boolean {
    return this.random() < share;
  }

  /** The endpoint as it is, whatever a look shows. */
  truth(): EndpointView {
    const isHidden = this.update !== undefined && this.update.hiddenFor > 0;
    const pending = this.update === undefined || isHidden ? null : this.#fleet(this.update.config);
    const serving = this.#fleet(this.config);
    const stages = this.scalingLooks > 0 ? [{ status: 'Scaling', message: 'Scaling out' }] : [];
    return {
      name: `${this.environment.service}-${this.environment.name}`,
      status: this.scalingLooks > 0 ? 'Updating' : this.status,
      configName: this.config,
      serving: { ...serving, stages },
      pending,
      alarmNames: this.alarmNames,
      failureReason: this.failureReason,
      lastModifiedAt: this.modifiedAt,
    };
  }

  #fleet(configName: string): Fleet {
    const release = this.#releaseOf(configName);
    return {
      configName,
      variantName: 'primary',
      otherVariants: [],
      imageDigests: release === undefined ? [] : [release.spec.image.split('@')[1] ?? ''],
      currentInstances: 2,
      desiredInstances: 2,
      instanceType: 'ml.m5.large',
      stages: [],
    };
  }

  #releaseOf(configName: string): Release | undefined {
    const id = releaseIdOfConfig(this.environment, configName);
    return this.releases.find((release) => release.id === id);
  }

  /** A little time passes: updates go on, fleets scale, strangers come. */
  tick(isInJob: boolean): void {
    if (this.scalingLooks > 0) this.scalingLooks -= 1;
    else if (this.update === undefined && this.status === 'InService' && this.chance(this.mischief.scaling)) {
      this.scalingLooks = 1 + Math.floor(this.random() * 3);
    }
    const { update } = this;
    if (update !== undefined) {
      update.hiddenFor -= 1;
      update.looksLeft -= 1;
      if (update.looksLeft <= 0) this.#end(update);
    } else if (isInJob && this.scalingLooks === 0 && this.chance(this.mischief.strangers)) this.swapByHand();
  }

  /** Somebody swaps the endpoint to some release, past the workflows. */
  swapByHand(): void {
    const release = this.releases[Math.floor(this.random() * this.releases.length)];
    if (release === undefined || this.update !== undefined || this.status !== 'InService') return;
    this.lastStranger = this.steps;
    this.#begin(endpointConfigName(this.environment, release.id), []);
  }

  #begin(config: string, alarmNames: readonly string[]): void {
    this.modifiedAt += 1;
    this.failureReason = undefined;
    this.alarmNames = alarmNames;
    this.update = {
      config,
      before: this.config,
      looksLeft: 2 + Math.floor(this.random() * 4),
      hiddenFor: this.chance(this.mischief.late) ? 1 + Math.floor(this.random() * 2) : 0,
      fails: this.chance(this.mischief.rollback),
      alarmNames,
    };
    this.status = 'Updating';
  }

  #end(update: Update): void {
    this.modifiedAt += 1;
    this.update = undefined;
    if (!update.fails) {
      this.config = update.config;
      this.status = 'InService';
      return;
    }
    this.failureReason = this.chance(0.5) ? 'alarm' : undefined;
    this.status = this.chance(this.mischief.rollbackFails) ? 'UpdateRollbackFailed' : 'InService';
  }

  /** Waits until nothing is being done to the endpoint. */
  settle(): void {
    while (this.update !== undefined || this.scalingLooks > 0) this.tick(false);
  }

  /** The ports of a job for a commit; `isDead` says whether its process was killed. */
  ports(commit: string, isDead: () => boolean): SwapPorts {
    const step = async <Result>(work: () => Result): Promise<Result> => {
      this.steps += 1;
      if (isDead()) return await new Promise<never>(() => undefined);
      await Promise.resolve();
      return work();
    };
    const failing = (operation: string): void => {
      if (this.chance(this.mischief.callFails)) throw failure('unavailable', operation);
    };
    return {
      endpoints: {
        describe: async () =>
          await step(() => {
            this.tick(true);
            failing('DescribeEndpoint');
            this.lastLook = this.steps;
            const view = this.truth();
            const last = this.#lastView;
            const isStale = last !== undefined && this.#staleInARow < 2 && this.chance(this.mischief.stale);
            this.#staleInARow = isStale ? this.#staleInARow + 1 : 0;
            if (!isStale) this.#lastView = view;
            return isStale ? last : view;
          }),
        update: async ({ configName, alarmNames }) =>
          await step(() => {
            failing('UpdateEndpoint');
            if (this.chance(this.mischief.denied)) throw failure('denied', 'UpdateEndpoint');
            const isBroken = this.status !== 'InService' && this.status !== 'UpdateRollbackFailed';
            if (this.update !== undefined || this.scalingLooks > 0 || isBroken) {
              throw failure('in-progress', 'UpdateEndpoint');
            }
            this.#begin(configName, alarmNames);
            if (this.chance(this.mischief.answerIsLost)) throw failure('unavailable', 'UpdateEndpoint');
          }),
        describeConfig: async (name) =>
          await step(() => ({
            name,
            variants: [{ name: 'primary', modelName: name, instanceType: 'ml.m5.large', instanceCount: 2 }],
            shadowVariants: [],
          })),
        describeModel: async (name) =>
          await step(() => {
            const release = this.#releaseOf(name);
            return release && { name, image: release.spec.image, releaseId: release.id };
          }),
      },
      invoker: {
        invoke: async () =>
          await step(() => {
            this.tick(true);
            if (this.chance(this.mischief.callFails)) {
              return { kind: 'not-asked', message: 'throttled', latencyMilliseconds: 1 } as const;
            }
            this.lastAnswer = this.steps;
            const release = this.#releaseOf(this.#answering());
            const quality = release === undefined ? 'good' : this.qualities.get(release.id);
            const isRight = quality === 'good' || (quality === 'flaky' && this.chance(0.7));
            if (release !== undefined) {
              const known = this.answers.get(release.id) ?? { right: 0, wrong: 0 };
              this.answers.set(release.id, known);
              known[isRight ? 'right' : 'wrong'] += 1;
            }
            return {
              kind: 'answered',
              status: 200,
              releaseId: release?.id,
              body: Buffer.from(JSON.stringify({ prediction: [isRight ? 4.8 : 0] })),
              contentType: 'application/json',
              latencyMilliseconds: 5,
            } as const;
          }),
      },
      models: { read: async () => await step(() => []) },
      registry: {
        findImage: async (reference) =>
          await step(() => ({
            digest: reference.split('@')[1] ?? '',
            mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
          })),
      },
      alarms: {
        find: async (names) => await step(() => names.map((name) => ({ name, state: 'OK', reason: '' }) as const)),
        requestAbort: async (_endpoint, configName) =>
          await step(() => {
            const { update } = this;
            if (update?.config !== configName || update.alarmNames.length === 0 || this.chance(0.3)) return;
            update.fails = true;
          }),
      },
      metrics: {
        minutes: async () =>
          await step(() => {
            failing('GetMetricData');
            return [];
          }),
      },
      autoscaling: {
        snapshot: async () => await step(() => undefined),
        deregister: async () => await step(() => undefined),
        restore: async () => await step(() => undefined),
      },
      ledger: {
        read: async () =>
          await step(() => {
            if (this.chance(this.mischief.ledgerFails)) throw failure('unavailable', 'GetObject');
            return readHistory(this.facts, this.#origin(commit));
          }),
        append: async (content) =>
          await step(() => {
            if (this.chance(this.mischief.ledgerFails)) {
              this.lostFacts += 1;
              throw failure('unavailable', 'PutObject');
            }
            const place = { id: String(this.steps), at: new Date(this.#now()).toISOString() };
            const fact = encodeFact(content, { ...place, origin: this.#origin(commit), after: this.facts.at(-1) });
            if (decodeFact(fact) === undefined) throw new Error('a fact that cannot be read was written');
            this.facts.push(fact);
            return fact.sequence;
          }),
      },
      deployments: {
        open: async () => await step(() => 1),
        report: async () => await step(() => undefined),
      },
      clock: {
        now: () => this.#now(),
        monotonic: () => this.#milliseconds,
        sleep: async (milliseconds) => {
          await step(() => {
            this.#milliseconds += milliseconds;
            if (this.chance(this.mischief.clock)) this.#skew += (this.random() - 0.5) * 20 * 3_600_000;
          });
        },
      },
      random: () => 0.5,
      reporter: { info: () => undefined, debug: () => undefined, warning: () => undefined, error: () => undefined },
      signal: new AbortController().signal,
    };
  }

  #now(): number {
    return 1_800_000_000_000 + this.#milliseconds + this.#skew;
  }

  /** The config whose instances answer: in an update with alarms a canary of green answers too. */
  #answering(): string {
    const isMixed = this.status === 'UpdateRollbackFailed';
    return this.update !== undefined && (isMixed || this.chance(0.3)) ? this.update.config : this.config;
  }

  #origin(commit: string): FactOrigin {
    const { service, name } = this.environment;
    const run = { id: 1, attempt: 1, url: 'https://example.test/run' };
    return {
      repository: '1',
      account: '210987654321',
      region: 'eu-west-1',
      endpoint: `${service}-${name}`,
      commit,
      run,
    };
  }
}

function failure(kind: 'unavailable' | 'denied' | 'in-progress', operation: string): ServiceError {
  return new ServiceError({ kind, operation, resource: 'the endpoint', message: kind });
}
