import { UserError } from './user-error.ts';

/** Why a cloud service did not do what it was asked, in the words of this domain. */
export type ServiceErrorKind =
  /** The endpoint is being changed already. */
  | 'in-progress'
  /** The named thing, or one that it refers to, does not exist. */
  | 'missing'
  /** Too many calls; another one later may work. */
  | 'throttled'
  /** The role may not do this. */
  | 'denied'
  /** The session's credentials are no longer valid. */
  | 'expired-credentials'
  /** A quota of the account. */
  | 'limit'
  /** The request itself is wrong. */
  | 'invalid'
  /** The service or the way to it failed; another call later may work. */
  | 'unavailable';

export interface ServiceErrorParts {
  readonly kind: ServiceErrorKind;
  /** The call, such as `UpdateEndpoint`. */
  readonly operation: string;
  /** The named thing that the call was about. */
  readonly resource: string;
  /** What the service said. */
  readonly message: string;
  /** What to do about it, where that differs from the remedy of the kind. */
  readonly remedy?: string | undefined;
  readonly cause?: unknown;
}

/** A call to a cloud service that failed, with what to do about it. */
export class ServiceError extends UserError {
  readonly kind: ServiceErrorKind;

  constructor({ kind, operation, resource, message, remedy, cause }: ServiceErrorParts) {
    super({
      what: `${operation} failed for ${resource}: ${KINDS[kind].meaning}`,
      found: message,
      remedy: remedy ?? KINDS[kind].remedy,
      cause,
    });
    this.name = 'ServiceError';
    this.kind = kind;
  }

  /** Whether the same call may work later without anybody's doing. */
  get isTransient(): boolean {
    return this.kind === 'throttled' || this.kind === 'unavailable';
  }
}

const KINDS: Readonly<Record<ServiceErrorKind, { readonly meaning: string; readonly remedy: string }>> = {
  'in-progress': {
    meaning: 'it is being changed already',
    remedy: 'Wait until the endpoint is InService, then run this job again.',
  },
  missing: {
    meaning: 'something that it needs does not exist',
    remedy: 'Apply Terraform for this environment: it declares the model and the endpoint config of every release.',
  },
  throttled: { meaning: 'too many calls', remedy: 'Run this job again in a few minutes.' },
  denied: {
    meaning: 'the role is not allowed to',
    remedy: 'Give the role this action on this resource (terraform/bootstrap declares the policies).',
  },
  'expired-credentials': {
    meaning: 'the credentials are no longer valid',
    remedy: 'Run this job again: it continues where the endpoint is. Set "role-arn" so that sessions are renewed.',
  },
  limit: {
    meaning: 'a quota of the account is used up',
    remedy: 'Ask for a higher quota in Service Quotas, or free what is no longer needed, and run this job again.',
  },
  invalid: { meaning: 'the request was refused', remedy: 'Correct what the message names, and run this job again.' },
  unavailable: {
    meaning: 'the service could not be reached or failed',
    remedy: 'Run this job again; look at the health dashboard of the service when it stays so.',
  },
};
