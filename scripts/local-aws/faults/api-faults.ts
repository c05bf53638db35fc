import type { Clock } from '../core/clock.ts';
import type { Caller } from '../core/service.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { Fault, FaultRegistry } from './fault.ts';

/** The effect of an injected fault on one call. */
export type ApiFault =
  | { readonly kind: 'error'; readonly error: AwsError }
  | { readonly kind: 'reset'; readonly when: 'before' | 'after' }
  | { readonly kind: 'delay'; readonly wait: () => Promise<void> };

/** Selects the fault of a call. */
export interface ApiFaults {
  draw(service: string, operation: string, caller: Caller): ApiFault | undefined;
}

/** The injected faults of API calls. */
export function createApiFaults(registry: FaultRegistry, clock: Clock): ApiFaults {
  return {
    draw(service, operation, { accessKeyId }) {
      const matches = (fault: Extract<Fault, { kind: 'api-error' | 'connection-reset' | 'delay' }>) =>
        (fault.service ?? service) === service &&
        (fault.operation ?? operation) === operation &&
        (fault.accessKeyId ?? accessKeyId) === accessKeyId;
      const delay = registry.take('delay', matches);
      if (delay !== undefined) return { kind: 'delay', wait: () => clock.waitReal(delay.milliseconds) };
      const reset = registry.take('connection-reset', matches);
      if (reset !== undefined) return { kind: 'reset', when: reset.when ?? 'before' };
      const { code, message, status } = registry.take('api-error', matches) ?? {};
      if (code === undefined) return undefined;
      return { kind: 'error', error: new AwsError(code, message ?? `${code} (injected)`, status ?? 400) };
    },
  };
}

/** Answers a call as its fault says: late, not at all, or with a lost answer. "reset" breaks the connection. */
export async function answerUnder<Answer>(
  fault: ApiFault | undefined,
  answer: () => Promise<Answer>,
): Promise<Answer | 'reset'> {
  if (fault?.kind === 'delay') await fault.wait();
  if (fault?.kind !== 'reset') return await answer();
  if (fault.when === 'after') await answer();
  return 'reset';
}
