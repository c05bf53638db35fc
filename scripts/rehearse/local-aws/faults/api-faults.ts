import type { Caller } from '../service.ts';
import type { AwsError } from '../wire/aws-error.ts';

/** What an injected fault does to one call. */
export type ApiFault =
  | { readonly kind: 'error'; readonly error: AwsError }
  | { readonly kind: 'reset'; readonly when: 'before' | 'after' }
  | { readonly kind: 'delay'; readonly wait: () => Promise<void> };

/** Decides for each call whether a fault befalls it. */
export interface ApiFaults {
  draw(service: string, operation: string, caller: Caller): ApiFault | undefined;
}
