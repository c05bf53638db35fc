import { z } from 'zod';
import { flag, optionalText, requiredText } from '../lib/domain/action-inputs/parse.ts';
import { provenanceSchema } from '../lib/domain/ledger/fact.ts';
import { optionalReleaseId, optionalRoleArn, secondsAsMilliseconds } from '../lib/domain/action-inputs/swap.ts';

const PROVENANCE = 'what verify-artifact gives as "provenance", or nothing';
const recordedProvenance = z.string().transform((text, context) => {
  if (text === '') return undefined;
  const { data } = provenanceSchema.safeParse(parseJson(text));
  if (data === undefined) context.addIssue({ code: 'custom', message: PROVENANCE });
  return data;
});

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The inputs of `action.yml`. */
export const inputs = z.object({
  environment: requiredText('the name of a folder under environments/'),
  release: optionalReleaseId,
  'accept-rejected': optionalReleaseId,
  'accept-serving': optionalText,
  recheck: flag,
  provenance: recordedProvenance,
  'working-directory': requiredText('the root of the repository'),
  'github-token': requiredText('a token that may write deployments'),
  'role-arn': optionalRoleArn,
  'poll-interval-seconds': secondsAsMilliseconds(0.01, 300),
  'heartbeat-seconds': secondsAsMilliseconds(1, 3600),
});

export type DeployEndpointInputs = z.output<typeof inputs>;
