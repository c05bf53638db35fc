import { planDeployment, type DeploymentStep } from '@sagemaker-gitops/local-aws';
import { deploymentConfigOf } from '../../../actions/lib/adapters/aws/deployment-config.ts';
import type { EndpointView } from '../../../actions/lib/domain/endpoint/endpoint.ts';
import type { Environment } from '../../../actions/lib/domain/environment/environment.ts';
import { isSuccessCase, type SmokeFile } from '../../../actions/lib/domain/smoke/cases.ts';
import type { EndpointUpdate } from '../../../actions/lib/ports/endpoints.ts';
import type { InvocationResult } from '../../../actions/lib/ports/invoker.ts';
import { nearlyNormal } from '../../../server/sample-model/random.ts';
import { createAlarmPace, type AlarmPace } from './alarm-pace.ts';
import { createFleetCounts, type FleetCounts } from './fleet-counts.ts';
import { answerOf, caseOf, isWrong, LATENCY, pointOf, type Fault, type Question } from './model.ts';

/** What the callers met. */
export interface Exposure {
  asked: number;
  wrong: number;
  failed: number;
  /** Milliseconds since the start; null where there was none. */
  firstWrong: number | null;
  lastWrong: number | null;
}

export interface ExposureSubject {
  readonly environment: Environment;
  readonly smoke: SmokeFile;
  readonly fault: Fault;
  readonly green: { readonly id: string; readonly config: string; readonly digest: string };
  readonly blue: { readonly id: string; readonly config: string };
  readonly instances: number;
  readonly requestsPerSecond: number;
  readonly uniform: () => number;
}

interface Instance {
  readonly side: 'green' | 'blue';
  /** Counts from 0 in its fleet. */
  readonly index: number;
  answered: number;
}

/** An update under way: its steps, and when the present one ends. */
interface Update {
  readonly steps: readonly DeploymentStep[];
  readonly alarmNames: readonly string[];
  step: number;
  until: number;
}

/** Fleets take minutes to launch: so many milliseconds at least, and so many more at random. */
const LAUNCH = { least: 180_000, more: 180_000 } as const;
const SHIFT_MILLISECONDS = 1_000;
/** How often SageMaker looks at the alarms of an update. It documents no number; the local AWS has the same. */
const LOOK_MILLISECONDS = 5_000;
const EPOCH = 1_769_860_800_000;

/**
 * One endpoint on a clock of its own, with callers, fleets and alarms at CloudWatch's pace: as the local AWS, and a thousand
 * times faster, because nothing crosses a wire.
 */
export class ExposureAws {
  readonly exposure: Exposure = { asked: 0, wrong: 0, failed: 0, firstWrong: null, lastWrong: null };
  readonly counts: Record<'green' | 'blue', FleetCounts> = { green: createFleetCounts(), blue: createFleetCounts() };
  now = 0;
  readonly #subject: ExposureSubject;
  readonly #alarms: AlarmPace;
  readonly #active = { green: 0, blue: 0 };
  readonly #fleets: Record<'green' | 'blue', Instance[]>;
  #update: Update | null = null;
  #serves: 'green' | 'blue' = 'blue';
  #modifiedAt = 0;
  #failureReason: string | undefined;
  #nextCaller: number;
  #nextLook = Infinity;

  constructor(subject: ExposureSubject) {
    this.#subject = subject;
    const { instances, requestsPerSecond, uniform, environment } = subject;
    // Which instance of a fleet gets traffic first is chance.
    const first = Math.floor(uniform() * instances);
    const fleet = (side: 'green' | 'blue'): Instance[] =>
      Array.from({ length: instances }, (_, place) => ({ side, index: (place + first) % instances, answered: 0 }));
    this.#fleets = { green: fleet('green'), blue: fleet('blue') };
    this.#active.blue = instances;
    this.#nextCaller = (1000 / requestsPerSecond) * uniform();
    this.#alarms = createAlarmPace(environment.alarms, this.counts.green, uniform);
  }

  /** Milliseconds since the Unix epoch. */
  wallClock(): number {
    return EPOCH + this.now;
  }

  /** Lets time pass: callers ask, fleets launch and shift, alarms are evaluated, each at its own time. */
  advance(milliseconds: number): void {
    const until = this.now + milliseconds;
    for (;;) {
      const stepEnd = this.#update?.until ?? Infinity;
      const next = Math.min(this.#nextCaller, stepEnd, this.#nextLook);
      if (next > until) break;
      this.now = Math.max(this.now, next);
      if (next === this.#nextLook) this.#look();
      else if (next === stepEnd) this.#takeStep();
      else this.#call();
    }
    this.now = until;
  }

  invoke(body: Uint8Array): InvocationResult {
    const { smoke, uniform } = this.#subject;
    const asked = caseOf(body, smoke.cases);
    if (asked === undefined) throw new Error('a request that is no smoke case');
    if (!isSuccessCase(asked)) {
      const milliseconds = LATENCY.network.median;
      return this.#answered(asked.expect.status[0] ?? 400, undefined, '{}', milliseconds);
    }
    const { instance, answer } = this.#ask({ smoke: asked, at: pointOf(asked, smoke.cases.filter(isSuccessCase)) });
    const { median, spread } = LATENCY.network;
    const milliseconds = answer.milliseconds + median * Math.exp(spread * nearlyNormal(uniform));
    if (answer.status >= 500) return this.#answered(answer.status, undefined, answer.body, milliseconds);
    return this.#answered(200, this.#subject[instance.side].id, answer.body, milliseconds);
  }

  #answered(status: number, releaseId: string | undefined, body: string, milliseconds: number): InvocationResult {
    return {
      kind: 'answered',
      status,
      releaseId,
      body: Buffer.from(body),
      contentType: 'application/json',
      latencyMilliseconds: Math.round(milliseconds),
    };
  }

  requestAbort(): void {
    this.#alarms.requestAbort(this.now);
  }

  update({ configName, strategy, ...rest }: EndpointUpdate): void {
    const { green, uniform, instances } = this.#subject;
    if (configName !== green.config) {
      // Back to blue all at once, which launches it again.
      this.#update = { steps: [], alarmNames: [], step: 0, until: this.now + LAUNCH.least + uniform() * LAUNCH.more };
      return;
    }
    // The types of the SDK leave out what the API requires.
    const config = deploymentConfigOf({ configName, strategy, ...rest }) as Parameters<typeof planDeployment>[0];
    const steps = planDeployment(config, [{ name: 'primary', green: instances, blue: instances }]);
    this.#update = { steps, alarmNames: rest.alarmNames, step: -1, until: this.now };
    this.#nextLook = this.now + uniform() * LOOK_MILLISECONDS;
  }

  describe(): EndpointView {
    const { green, blue, instances } = this.#subject;
    const configOf = (side: 'green' | 'blue'): string => (side === 'green' ? green.config : blue.config);
    const fleet = (side: 'green' | 'blue', stages: EndpointView['serving']['stages'], count = instances) => ({
      configName: configOf(side),
      variantName: 'primary',
      imageDigests: [green.digest],
      currentInstances: count,
      desiredInstances: instances,
      instanceType: 'ml.m5.large',
      otherVariants: [],
      stages,
    });
    const arriving = this.#serves === 'blue' ? 'green' : 'blue';
    return {
      name: 'endpoint',
      status: this.#update === null ? 'InService' : 'Updating',
      configName: configOf(this.#serves),
      serving: fleet(this.#serves, []),
      pending:
        this.#update === null ? null : fleet(arriving, this.#stages(this.#update), this.#active[arriving] || instances),
      alarmNames: this.#update?.alarmNames,
      failureReason: this.#failureReason,
      lastModifiedAt: this.#modifiedAt,
    };
  }

  #stages({ steps, step }: Update): EndpointView['serving']['stages'] {
    const current = steps[step];
    if (current === undefined) return [];
    switch (current.kind) {
      case 'launch':
        return [{ status: 'Creating', message: 'Launching instances.' }];
      case 'shift':
      case 'bake':
        return [{ status: 'Baking', message: `Baking with traffic enabled on ${current.scope} capacity.` }];
      case 'retire-blue':
        return [{ status: 'Deleting', message: 'Terminating instances.' }];
    }
  }

  #takeStep(): void {
    const update = this.#update;
    if (update === null) return;
    if (this.#serves === 'green') {
      this.#settle('blue', undefined);
      return;
    }
    const done = update.steps[update.step];
    if (done?.kind === 'shift') {
      this.#active.green = done.green['primary'] ?? 0;
      this.#active.blue = done.blue['primary'] ?? 0;
    }
    update.step += 1;
    const next = update.steps[update.step];
    if (next === undefined) this.#settle('green', undefined);
    else update.until = this.now + this.#durationOf(next);
  }

  #durationOf(step: DeploymentStep): number {
    switch (step.kind) {
      case 'launch':
        return LAUNCH.least + this.#subject.uniform() * LAUNCH.more;
      case 'shift':
        return SHIFT_MILLISECONDS;
      case 'bake':
        return step.seconds * 1000;
      case 'retire-blue':
        return 0;
    }
  }

  #look(): void {
    this.#nextLook += LOOK_MILLISECONDS;
    const { steps = [], step = 0, alarmNames = [] } = this.#update ?? {};
    const breach = this.#alarms.breach(this.now);
    if (steps[step]?.kind === 'bake' && alarmNames.length > 0 && breach !== null) {
      this.#settle('blue', `the alarm ${breach} is in ALARM state`);
    }
  }

  #settle(side: 'green' | 'blue', failureReason: string | undefined): void {
    this.#active.green = side === 'green' ? this.#subject.instances : 0;
    this.#active.blue = side === 'blue' ? this.#subject.instances : 0;
    this.#serves = side;
    this.#update = null;
    this.#nextLook = Infinity;
    this.#modifiedAt = this.now + 1;
    this.#failureReason = failureReason;
  }

  #ask(question: Question) {
    const { uniform, fault } = this.#subject;
    const { green, blue } = this.#active;
    const chosen = Math.floor(uniform() * (green + blue));
    const instance = chosen < green ? this.#fleets.green[chosen] : this.#fleets.blue[chosen - green];
    if (instance === undefined) throw new Error('no instance has traffic');
    const own = instance.side === 'green' ? fault : null;
    const wrong = own !== null && isWrong(own, question, instance.answered, instance.index);
    instance.answered += 1;
    const answer = answerOf(own, question, wrong, uniform);
    this.counts[instance.side].add(this.now, answer);
    return { instance, answer, wrong };
  }

  #call(): void {
    const { uniform, requestsPerSecond } = this.#subject;
    const { answer, wrong } = this.#ask({ smoke: null, at: uniform() });
    this.#nextCaller += 1000 / requestsPerSecond;
    const { exposure } = this;
    exposure.asked += 1;
    if (answer.status >= 500) exposure.failed += 1;
    else if (wrong) {
      exposure.wrong += 1;
      exposure.firstWrong ??= this.now;
      exposure.lastWrong = this.now;
    }
  }
}
