import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ReleaseSpec } from '../../actions/lib/domain/release/release.ts';
import { startReality, type Reality } from './reality.ts';
import { VALID_ENVIRONMENT } from '../../actions/lib/testing/valid-environment.ts';
import { startLocalAws, type LocalAws, type LocalAwsOptions } from '@sagemaker-gitops/local-aws';
import {
  createClients,
  createRepository,
  pushEchoImage,
  startMoto,
  type Moto,
} from '@sagemaker-gitops/local-aws/testing';

/** A local AWS with moto behind it for all that it leaves out, and AWS's own refusals in front, as Terraform needs it. */
export interface TerraformAws {
  readonly aws: LocalAws;
  readonly moto: Moto;
  /** The front that refuses what AWS documents and moto lets pass; `aws.environment` points at it. */
  readonly reality: Reality;
  /** A folder for logs, which goes with them. */
  readonly logDirectory: string;
  /** Makes the repository `scoring`, pushes an image that starts as a process, and gives a release of it. */
  pushRelease(): Promise<ReleaseSpec>;
  close(): Promise<void>;
}

/**
 * Starts both for the account and region of the sample team, 600 times as fast as they are; waits for an instance pass 30
 * times as fast.
 */
export async function startTerraformAws(options: Partial<LocalAwsOptions> = {}): Promise<TerraformAws> {
  const logDirectory = await mkdtemp(path.join(tmpdir(), 'terraform-aws-'));
  const { accountId = VALID_ENVIRONMENT.account, region = VALID_ENVIRONMENT.region } = options;
  const moto = await startMoto(region, accountId);
  const aws = await startLocalAws({
    logDirectory,
    // The image that is pushed has no base to run in a container.
    launcher: 'process',
    motoUrl: moto.url,
    acceleration: 600,
    startupTimeoutAcceleration: 30,
    ...options,
    accountId,
    region,
  });
  const reality = await startReality(aws.url);
  const judged = (environment: LocalAws['environment']): LocalAws['environment'] =>
    Object.fromEntries(
      Object.entries(environment).map(([name, value]) => [name, value === aws.url ? reality.url : value]),
    );
  return {
    aws: {
      ...aws,
      environment: judged(aws.environment),
      environmentOf: (place) => judged(aws.environmentOf(place)),
    },
    moto,
    reality,
    logDirectory,
    pushRelease: async () => {
      const access = await createRepository(createClients(aws), aws.url, 'scoring');
      const digest = await pushEchoImage(access, 'scoring', 'v1');
      return {
        image: `127.0.0.1:${String(aws.port)}/scoring@${digest}`,
        model: null,
        instanceType: 'ml.m5.large',
        instanceCount: 2,
        environment: {},
        startupTimeoutSeconds: 60,
      };
    },
    close: async () => {
      await reality.close();
      await aws.close();
      await moto.close();
      await rm(logDirectory, { recursive: true, force: true });
    },
  };
}
