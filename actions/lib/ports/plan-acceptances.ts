import type { AcceptanceFacts } from '../domain/plan/policy-acceptance.ts';

/** What GitHub knows of a pull request and its reviews. Methods throw UserError. */
export interface PlanAcceptances {
  read(pullRequest: number): Promise<Omit<AcceptanceFacts, 'headSha'>>;
}
