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
 * What goes wrong with a step: it does its work and fails all the same; its run is cancelled while it works; the machine dies
 * under it, so that nothing of the job runs after that, not even what always would.
 */
export interface StepFault {
  readonly kind: 'fails' | 'is-cancelled' | 'machine-dies';
  /** From the start of the step to the cancellation or the death; a shorter step has ended by then. */
  readonly afterMilliseconds?: number;
}

/** Decides about every step that is about to start. */
export type FaultOfStep = (place: StepPlace) => StepFault | undefined;

/** A machine that can die: the processes of its job are killed then. */
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
 * Carries out a step under a fault.
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
  const strike = { fails: () => undefined, 'is-cancelled': cancelRun, 'machine-dies': () => machine.die() }[fault.kind];
  const timer = setTimeout(strike, fault.afterMilliseconds ?? 0);
  try {
    await work();
  } finally {
    clearTimeout(timer);
    strike();
  }
  if (fault.kind === 'fails') throw new Error('failed on purpose, after its work');
}
