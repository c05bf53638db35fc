import type { UnshownChange } from './meaning.ts';
import type { StateLock } from './state-lock.ts';
import type { Counts, Diagnostic } from './summary.ts';

/** How applying an environment ended. */
export type ApplyResult =
  | {
      readonly kind: 'applied';
      readonly counts: Counts;
      readonly outputs: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: 'no-changes'; readonly outputs: Readonly<Record<string, unknown>> }
  /** A later commit is applied already. Nothing was changed. */
  | { readonly kind: 'overtaken'; readonly by: string }
  /** Nothing was changed. */
  | { readonly kind: 'refused'; readonly unshown: readonly UnshownChange[]; readonly live: LiveChange | null }
  /** Terraform failed; in the step `apply` a part may have been applied. */
  | {
      readonly kind: 'failed';
      readonly step: 'init' | 'validate' | 'plan' | 'apply';
      readonly diagnostics: readonly Diagnostic[];
      /** The lock that somebody else holds, where that is the reason. */
      readonly lock: StateLock | undefined;
    };

/** The release that was shown as the one to serve, and another one that the checkout names. */
interface LiveChange {
  readonly shown: string | null;
  readonly now: string | null;
}
