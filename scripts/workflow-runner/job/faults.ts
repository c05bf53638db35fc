/** A step of a job that is about to start. */
export interface StepPlace {
  readonly runId: number;
  /** Path of the workflow. */
  readonly workflow: string;
  /** The job's id in it, and its name. */
  readonly job: string;
  readonly jobName: string;
  /** The step's place in the job, from 1 on. */
  readonly number: number;
}

/**
 * A fault of a step: it fails after its work; its run is cancelled during its work; or its machine is lost, so that no step of
 * the job runs after it, not even with always().
 */
export interface StepFault {
  readonly kind: 'fails' | 'is-cancelled' | 'machine-dies';
  /** From the start of the step to the fault; a shorter step gets the fault at its end. */
  readonly afterMilliseconds?: number;
}

/** The fault of a step, called before it starts. */
export type FaultOfStep = (place: StepPlace) => StepFault | undefined;

/** The machine of a job; when it is lost, the job's processes are killed. */
export interface Machine {
  readonly died: AbortSignal;
  die(): void;
}

/** A machine for one job. */
export function createMachine(): Machine {
  const controller = new AbortController();
  return { died: controller.signal, die: () => controller.abort(new Error('the machine was lost')) };
}

/**
 * Runs a step with a fault.
 *
 * @throws Error where the fault makes the step fail.
 */
export async function underFault(
  fault: StepFault | undefined,
  machine: Machine,
  cancelRun: () => void,
  work: () => Promise<void>,
): Promise<void> {
  if (fault === undefined) {
    await work();
    return;
  }
  const inject = { fails: () => undefined, 'is-cancelled': cancelRun, 'machine-dies': () => machine.die() }[fault.kind];
  const timer = setTimeout(inject, fault.afterMilliseconds ?? 0);
  try {
    await work();
  } finally {
    clearTimeout(timer);
    inject();
  }
  if (fault.kind === 'fails') throw new Error('failed on purpose, after its work');
}
