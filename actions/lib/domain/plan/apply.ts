import type { BrokenBinding } from './envelope.ts';
import type { MeaningDifference } from './meaning.ts';
import type { StateLock } from './state-lock.ts';
import type { Counts, Diagnostic } from './summary.ts';

/** Which plan was applied: the saved one, a new one that means the same, or a new one that nobody reviewed. */
export type AppliedPlan = 'reviewed' | 'replanned' | 'unreviewed';

/** How applying an environment ended. */
export type ApplyResult =
  | {
      readonly kind: 'applied';
      readonly plan: AppliedPlan;
      readonly broken: readonly BrokenBinding[];
      readonly counts: Counts;
      readonly outputs: Readonly<Record<string, unknown>>;
    }
  | {
      readonly kind: 'no-changes';
      readonly broken: readonly BrokenBinding[];
      readonly outputs: Readonly<Record<string, unknown>>;
    }
  /** Nothing was changed. */
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly broken: readonly BrokenBinding[] }
  /** Terraform failed; in the step `apply` a part may have been applied. */
  | {
      readonly kind: 'failed';
      readonly step: 'init' | 'validate' | 'plan' | 'apply';
      readonly broken: readonly BrokenBinding[];
      readonly diagnostics: readonly Diagnostic[];
      /** The lock that somebody else holds, where that is the reason. */
      readonly lock: StateLock | undefined;
    };

/** Why a plan is not applied. */
export type Refusal =
  | { readonly kind: 'missing' }
  | { readonly kind: 'foreign' }
  | { readonly kind: 'different'; readonly difference: MeaningDifference }
  /** The saved plan would do something else than its envelope says. */
  | { readonly kind: 'mislabelled'; readonly difference: MeaningDifference };
