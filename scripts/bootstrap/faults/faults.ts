/** What happens at one call of a bootstrap. */
export interface Fault {
  /** The first bootstrap of an account, or one that adds an environment. */
  readonly run: 'first' | 'second';
  readonly at: 'aws' | 'terraform';
  /** Counts from 1. */
  readonly call: number;
  /** `fail`: the call ends with an error. `kill`: it takes effect, and the bootstrap is killed before it gets the answer. */
  readonly kind: 'fail' | 'kill';
  /** With warnings in Terraform's output, and TF_CLI_CONFIG_FILE naming a file that is missing. */
  readonly isNoisy: boolean;
}

/** How many calls each run makes without a fault. */
export type CallCounts = Readonly<Record<Fault['run'], Readonly<Record<Fault['at'], number>>>>;

/** Every call of both runs, failed and killed; every second one of a kind is noisy, and every one of Terraform both ways. */
export function allFaults(counts: CallCounts): readonly Fault[] {
  return (['first', 'second'] as const).flatMap((run) =>
    (['aws', 'terraform'] as const).flatMap((at) =>
      (['fail', 'kill'] as const).flatMap((kind) =>
        Array.from({ length: counts[run][at] }, (_, index) => index + 1).flatMap((call) => {
          const noises = at === 'terraform' ? [false, true] : [call % 2 === 0];
          return noises.map((isNoisy): Fault => ({ run, at, call, kind, isNoisy }));
        }),
      ),
    ),
  );
}

/** Some of the faults, spread over all of them, by a seed. */
export function sampleFaults(faults: readonly Fault[], size: number, seed: number): readonly Fault[] {
  const stride = faults.length / size;
  // A linear congruential generator (Numerical Recipes) places one fault in each stretch.
  let state = seed >>> 0;
  return Array.from({ length: size }, (_, index) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return faults[Math.floor((index + state / 2 ** 32) * stride)];
  }).flatMap((fault) => (fault === undefined ? [] : [fault]));
}

export function nameOf({ run, at, call, kind, isNoisy }: Fault): string {
  return `${run} bootstrap, ${at} call ${String(call)}: ${kind}${isNoisy ? ', with warnings' : ''}`;
}
