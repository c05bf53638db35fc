import { AwsError, startLocalAws, type LocalAws } from '@sagemaker-gitops/local-aws';
import { createS3Ledger } from '../../../actions/lib/adapters/aws/s3-ledger.ts';
import { systemClock as clock } from '../../../actions/lib/adapters/system/system-clock.ts';
import { stateBucketName } from '../../../actions/lib/domain/environment/names.ts';
import { factPlaceOf, type AttemptVerdict, type Begun } from '../../../actions/lib/domain/ledger/fact.ts';
import type { Ledger } from '../../../actions/lib/ports/ledger.ts';
import { makeStateBucket } from '../state-bucket.ts';
import { TEAM_ENVIRONMENTS, type TeamEnvironment } from './team.ts';

/** The settings of an S3 client of an environment's account at the local AWS. */
function settingsOf(aws: LocalAws, name: TeamEnvironment) {
  const { account, region } = TEAM_ENVIRONMENTS[name];
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = aws.environmentOf({
    accountId: account,
    region,
  });
  return { region, endpoint: aws.url, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } };
}

/** A local AWS with the buckets of environments, where a job may assume the plan roles and no other. */
export async function startTeamAws(logDirectory: string, names: readonly TeamEnvironment[]): Promise<LocalAws> {
  const aws = await startLocalAws({
    ...{ logDirectory, region: 'eu-west-1' },
    launcher: { kind: 'fake' },
    webIdentity: {
      authorize: async ({ roleArn }) => {
        if (!roleArn.endsWith('-plan')) throw new AwsError('AccessDenied', `Not authorized to assume ${roleArn}`, 403);
        const claims = { subject: 'repo:octo-org/models', audience: 'sts.amazonaws.com', provider: 'github' };
        return await Promise.resolve(claims);
      },
    },
  });
  for (const name of names) await makeTeamBucket(aws, name);
  return aws;
}

/** Makes the bucket of an environment's account, as the bootstrap does. */
export async function makeTeamBucket(aws: LocalAws, name: TeamEnvironment): Promise<void> {
  const { account, region, service } = TEAM_ENVIRONMENTS[name];
  const { accessKeyId } = settingsOf(aws, name).credentials;
  await makeStateBucket(aws.url, { bucket: stateBucketName({ service, account }), region }, accessKeyId);
}

/** The ledger of an environment of the sample team, for a run of the repository with the id that local GitHub has. */
export function teamLedger(aws: LocalAws, name: TeamEnvironment, commit = 'c'.repeat(40)): Ledger {
  const { service, account, region } = TEAM_ENVIRONMENTS[name];
  const environment = { service, name, account, region };
  return createS3Ledger(settingsOf(aws, name), {
    bucket: stateBucketName({ service, account }),
    environment,
    origin: {
      ...factPlaceOf(environment, '1'),
      commit,
      run: { id: 7, attempt: 1, url: 'https://github.example/runs/7' },
    },
    clock,
  });
}

/** A deployment, with what newer facts know of its artifact. */
interface DeploymentRecord extends Pick<Begun, 'release' | 'image' | 'model' | 'provenance'> {
  readonly verdict: AttemptVerdict;
}

/** Records that a deployment of a release, with an image, ended with a verdict. */
export async function recordDeployment(
  ledger: Ledger,
  { release, image, verdict, ...known }: DeploymentRecord,
): Promise<void> {
  const attempt = await ledger.append({
    ...{ kind: 'begun', task: 'deploy', release, image, ...known, servedBefore: 'before', previousRelease: null },
    ...{ leaves: null, accepts: [], acceptsServing: null, reason: null },
  });
  await ledger.append({
    ...{ kind: 'ended', attempt, outcome: verdict === 'passed' ? 'promoted' : 'rolled-back', cause: 'seen', verdict },
    serves: verdict === 'passed' ? `after-${release}` : 'before',
    evidence: { requests: 500, p50Milliseconds: 3, p99Milliseconds: 9, parity: 'equal' },
  });
}
