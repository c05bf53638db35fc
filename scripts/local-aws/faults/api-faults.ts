import type { Clock } from '../core/clock.ts';
import type { Caller } from '../core/service.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { Fault, FaultBook } from './fault.ts';

/** What an injected fault does to one call. */
type ApiFault =
  | { readonly kind: 'error'; readonly error: AwsError }
  | { readonly kind: 'reset'; readonly when: 'before' | 'after' }
  | { readonly kind: 'delay'; readonly wait: () => Promise<void> };

/** Decides for each call whether a fault befalls it. */
export interface ApiFaults {
  draw(service: string, operation: string, caller: Caller): ApiFault | undefined;
}

/** The faults of the book that befall API calls. */
export function createApiFaults(book: FaultBook, clock: Clock): ApiFaults {
  return {
    draw(service, operation, { accessKeyId }) {
      const matches = (fault: Extract<Fault, { kind: 'api-error' | 'connection-reset' | 'delay' }>) =>
        (fault.service ?? service) === service &&
        (fault.operation ?? operation) === operation &&
        (fault.accessKeyId ?? accessKeyId) === accessKeyId;
      const delay = book.take('delay', matches);
      if (delay !== undefined) return { kind: 'delay', wait: () => clock.waitReal(delay.milliseconds) };
      const reset = book.take('connection-reset', matches);
      if (reset !== undefined) return { kind: 'reset', when: reset.when ?? 'before' };
      const { code, message, status } = book.take('api-error', matches) ?? {};
      if (code === undefined) return undefined;
      return { kind: 'error', error: new AwsError(code, message ?? `${code} (injected)`, status ?? 400) };
    },
  };
}
