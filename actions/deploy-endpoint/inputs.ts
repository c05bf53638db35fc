import { z } from 'zod';
import { flag, optionalText, requiredText } from '../lib/domain/action-inputs/parse.ts';
import { optionalReleaseId, optionalRoleArn, secondsAsMilliseconds } from '../lib/domain/action-inputs/swap.ts';

/** The inputs of `action.yml`. */
export const inputs = z.object({
  environment: requiredText('the name of a folder under environments/'),
  release: optionalReleaseId,
  'accept-rejected': optionalReleaseId,
  'accept-serving': optionalText,
  recheck: flag,
  provenance: optionalText,
  'working-directory': requiredText('the root of the repository'),
  'github-token': requiredText('a token that may write deployments'),
  'role-arn': optionalRoleArn,
  'poll-interval-seconds': secondsAsMilliseconds(0.01, 300),
  'heartbeat-seconds': secondsAsMilliseconds(1, 3600),
});

export type DeployEndpointInputs = z.output<typeof inputs>;
