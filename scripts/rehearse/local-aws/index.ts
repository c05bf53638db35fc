import { mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCallLog, type RecordedCall } from './call-log.ts';
import { createRealClock, type Clock } from './clock.ts';
import { ecrHandlers } from './ecr/handlers.ts';
import type { Repositories } from './ecr/repository.ts';
import type { InstanceLauncher } from './instances/launcher.ts';
import { createProcessLauncher } from './instances/process-launcher.ts';
import { createBlobStore, type BlobStore } from './registry/blob-store.ts';
import { createRegistryTokens } from './registry/tokens.ts';
import { invokeEndpoint } from './runtime/invoke.ts';
import type { SageMakerDependencies } from './sagemaker/dependencies.ts';
import { sagemakerHandlers } from './sagemaker/handlers.ts';
import { createSageMakerState } from './sagemaker/state.ts';
import { DEFAULT_MAXIMUM_BODY_BYTES, listen, portOf } from './server.ts';
import { createServices } from './services.ts';
import { stsHandlers } from './sts.ts';
import { LaunchError } from './instances/launcher.ts';

export interface LocalAwsOptions {
  /** Folder for the log of the local AWS and of every instance; it is made and never removed. */
  readonly logDirectory: string;
  /** Twelve digits; default 123456789012. */
  readonly accountId?: string;
  /** Default eu-central-1. */
  readonly region?: string;
  /** Port to listen on; default 0, any free one. */
  readonly port?: number;
  /** A moto server, for everything that is not emulated here. */
  readonly motoUrl?: string;
  /** How many times faster emulated waits (baking, alarm periods) pass; default 1. */
  readonly acceleration?: number;
  /** A clock of the caller's own; wins over acceleration. */
  readonly clock?: Clock;
  /** How many times faster the start-up health check times out; default 1. */
  readonly startupTimeoutAcceleration?: number;
  /** Access key id to ARN, for the record of calls and GetCallerIdentity. */
  readonly principals?: Readonly<Record<string, string>>;
  /** Largest body of an invocation; default 6,291,456. */
  readonly maximumBodyBytes?: number;
  /** Chooses among instances and variants; default Math.random. */
  readonly random?: () => number;
  /** One line for each change of an endpoint; default none. */
  readonly onLog?: (line: string) => void;
}

export interface LocalAws {
  readonly url: string;
  readonly port: number;
  readonly accountId: string;
  readonly region: string;
  /** What a process needs in its environment to use this AWS and no other. */
  readonly environment: Readonly<Record<string, string>>;
  readonly launcherKind: InstanceLauncher['kind'];
  /** Every API call so far, oldest first. */
  readonly calls: readonly RecordedCall[];
  /** Ends every instance, stops listening and removes temporary files. */
  close(): Promise<void>;
}

/** Starts a local AWS: SageMaker, its runtime, ECR and STS on one loopback port. */
export async function startLocalAws(options: LocalAwsOptions): Promise<LocalAws> {
  const account = { id: options.accountId ?? '123456789012', region: options.region ?? 'eu-central-1' };
  const clock = options.clock ?? createRealClock(options.acceleration);
  const dataDirectory = mkdtempSync(join(tmpdir(), 'local-aws-'));
  mkdirSync(options.logDirectory, { recursive: true });
  let port = 0;
  const repositories: Repositories = { account, all: new Map(), host: () => `127.0.0.1:${port}`, now: clock.now };
  const blobs = createBlobStore(join(dataDirectory, 'registry'));
  const tokens = createRegistryTokens(clock.now);
  const launcher = createLauncher(repositories, blobs, dataDirectory);
  const calls = createCallLog();
  const work = new Set<Promise<void>>();
  const log = options.onLog ?? (() => undefined);
  const sagemaker: SageMakerDependencies = {
    state: createSageMakerState(account),
    clock,
    repositories,
    launcher,
    alarms: { findBreach: () => undefined, findMissing: () => undefined, onChange: () => () => undefined },
    faults: { onLaunch: () => undefined, onRollback: () => undefined, hidesFailureReason: () => false },
    fetchModelData: ({ uri }) => Promise.reject(new LaunchError(`Failed to download model data from ${uri}.`)),
    checkUpdateAllowed: () => undefined,
    logDirectory: options.logDirectory,
    startupTimeoutAcceleration: options.startupTimeoutAcceleration ?? 1,
    onInvocation: () => undefined,
    log,
    random: options.random ?? Math.random,
  };
  const track = (task: Promise<void>) => {
    work.add(task);
    void task.finally(() => work.delete(task));
  };
  const services = createServices({
    sagemaker: sagemakerHandlers(sagemaker, track),
    'sagemaker-runtime': { InvokeEndpoint: (input) => invokeEndpoint(sagemaker, input) },
    ecr: ecrHandlers(repositories, tokens),
    sts: stsHandlers(account),
  });
  const server = await listen(
    {
      api: {
        account,
        services,
        principals: options.principals ?? {},
        calls,
        faults: { draw: () => undefined },
        now: clock.now,
      },
      registry: { repositories, blobs, tokens },
      motoUrl: options.motoUrl,
      maximumBodyBytes: options.maximumBodyBytes ?? DEFAULT_MAXIMUM_BODY_BYTES,
      log,
    },
    options.port ?? 0,
  );
  port = portOf(server);
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    port,
    accountId: account.id,
    region: account.region,
    environment: {
      AWS_ENDPOINT_URL: url,
      AWS_REGION: account.region,
      AWS_DEFAULT_REGION: account.region,
      AWS_ACCESS_KEY_ID: 'AKIALOCALAWS00000001',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    launcherKind: launcher.kind,
    calls: calls.all,
    async close() {
      server.close();
      server.closeAllConnections();
      for (const endpoint of sagemaker.state.endpoints.values())
        endpoint.lifetime.abort(new Error('the local AWS closes'));
      await launcher.close();
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}

const createLauncher = (repositories: Repositories, blobs: BlobStore, dataDirectory: string): InstanceLauncher =>
  createProcessLauncher(repositories, blobs, join(dataDirectory, 'images'));
