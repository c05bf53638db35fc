import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { startMoto } from '@sagemaker-gitops/local-aws/testing';
import { FAST_TERRAFORM } from '../../testing/terraform-workspace.ts';
import { startLocalAws, type LocalAws, type WebIdentity } from '@sagemaker-gitops/local-aws';
import { startLocalGithub, type Actor, type LocalGithub } from '@sagemaker-gitops/local-github';
import {
  startRunner,
  writeStandInCommands,
  type Approve,
  type LocalRunner,
  type RunnerOptions,
  type StandInCommands,
} from '@sagemaker-gitops/workflow-runner';
import { approvalEnvironment } from '../../../actions/lib/domain/environment/names.ts';
import { installProgram } from './install-program.ts';
import { createApprovals, type Approvals } from './approvals.ts';
import { assumeRoleAt } from '../roles/assume-role.ts';
import { renderRoles, type Role } from '../roles/roles.ts';
import { createWebIdentity } from '../roles/web-identity.ts';
import { adaptContent, chainsOf, readContent, useSampleTeam, type Content } from './content.ts';
import {
  makeFirstImages,
  makeImage,
  releaseEverywhere,
  verifyEverywhere,
  type ManualSetup,
  type Place,
} from './first-release.ts';
import { createRepository, DEPENDENCIES, type Repository } from './repository.ts';
import { createTeam, type Team } from './team.ts';
import type { Tooling } from './tooling.ts';
import { checkCommands } from '../../testing/check-commands.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../../testing/webhook-receiver.ts';

/** Who approves what is done to protected environments. */
const RELEASE_MANAGER: Actor = { login: 'release-manager', id: 8, type: 'User', startsWorkflows: true };

/** A bake of so many real seconds has two rounds of probes. */
const PROBED_SECONDS = 5;

/** Everything that the story plays on, with release v1 serving in every environment. */
export interface Fixture {
  readonly aws: LocalAws;
  readonly github: LocalGithub;
  readonly runner: LocalRunner;
  readonly approvals: Approvals;
  readonly team: Team;
  readonly repository: Repository;
  /** What stands for the commands of the check job. */
  readonly commands: StandInCommands;
  readonly tooling: Tooling;
  readonly signal: AbortSignal;
  readonly logDirectory: string;
  readonly content: Content;
  /** How a person at this machine works in an account and region of the local AWS. */
  readonly awsEnvironmentOf: (place: Place) => Readonly<Record<string, string>>;
  /** How many calls were made of AWS before the story began. */
  readonly callsBefore: number;
  /** The releases that serve when the story begins, by environment. */
  readonly first: ReadonlyMap<string, string>;
  /** Builds and pushes an image by setup, of the commit that the repository has checked out; gives its reference. */
  makeImage(service: string, commit: string): Promise<string>;
  /** What the jobs that run are doing. */
  readonly activity: () => string;
  /** Where the workflows tell people what happened; undefined where the repository names no webhook. */
  readonly receiver: WebhookReceiver | undefined;
  /** The roles of all accounts, by ARN. */
  readonly roles: ReadonlyMap<string, Role>;
  /** What must never be seen in a log: secrets, and every token and key that a job has got so far. */
  readonly secrets: () => readonly string[];
  close(): Promise<void>;
}

/** How the fixture is set. */
export interface FixtureOptions {
  /** Working files, gone when the fixture closes. */
  readonly folder: string;
  /** Logs, which stay. */
  readonly logDirectory: string;
  readonly tooling: Tooling;
  /** Whose models and environments are rehearsed: those of this repository, or some services of the sample team. */
  readonly content: { readonly kind: 'own' } | { readonly kind: 'sample-team'; readonly services?: readonly string[] };
  /** Told what is being done while the fixture is set. */
  readonly progress?: (what: string) => void;
  /** How many times faster SageMaker's waits (baking, alarm periods) pass. */
  readonly acceleration: number;
  /** Whether the first environment of each service bakes long enough for probes; the others never do. Default: it doesn't. */
  readonly bakesForProbes?: boolean;
  readonly signal: AbortSignal;
  /** Which environments have reviewers; default: those of the story. */
  readonly isProtected?: (environment: string) => boolean;
  /** Who decides for protected environments; default: the story. */
  readonly approve?: Approve;
  /** Whether the repository names a webhook. Default: it names none. */
  readonly notifies?: boolean;
  /** What the runner does otherwise than in the story. */
  readonly runner?: Pick<RunnerOptions, 'faultOf' | 'adjust' | 'variables'>;
}

/** Sets the fixture; what was started is ended again when it can't be set as a whole. */
export async function startFixture(options: FixtureOptions): Promise<Fixture> {
  const { folder, logDirectory, signal, tooling } = options;
  await mkdir(logDirectory, { recursive: true });
  const opened: { close(): unknown }[] = [];
  const close = async (): Promise<void> => {
    for (const one of opened.splice(0).reverse()) await one.close();
  };
  const open = <T extends { close(): unknown }>(one: T): T => {
    opened.push(one);
    return one;
  };
  try {
    const progress = options.progress ?? ((): void => undefined);
    progress('copying the repository');
    const repository = await createRepository(path.join(folder, 'repository'));
    if (options.content.kind === 'sample-team') await useSampleTeam(repository, options.content.services);
    await adaptContent(repository, {
      build: tooling.build,
      firstBakeSeconds: options.bakesForProbes === true ? PROBED_SECONDS * options.acceleration : 0,
    });
    const content = await readContent(repository.root);
    const { account, region } = content.main.first;
    const moto = tooling.terraform === 'ready' ? open(await startMoto(region)) : undefined;
    // The local GitHub comes later, with what was built on the local AWS in its repository.
    const oidc: { identity?: WebIdentity } = {};
    const roles = renderRoles({
      environments: chainsOf(content).flatMap(({ environments, first }) =>
        environments.map((environment) => ({ ...environment, artifactsAccount: first.account })),
      ),
      github: { owner: 'octo-org', repository: 'models' },
    });
    const seen = new Set<string>();
    const aws = open(
      await startLocalAws({
        logDirectory: path.join(logDirectory, 'aws'),
        accountId: account,
        region,
        places: placesOf(content),
        acceleration: options.acceleration,
        // An image without a base layer can only run as a process.
        launcher: tooling.containers === 'ready' ? 'container' : 'process',
        ...(moto === undefined ? {} : { motoUrl: moto.url }),
        webIdentity: {
          authorize: async (request) => {
            seen.add(request.token);
            if (oidc.identity === undefined) throw new Error('there is no OIDC provider yet');
            return await oidc.identity.authorize(request);
          },
        },
      }),
    );
    const terraformFolder = tooling.terraform === 'ready' ? undefined : path.join(folder, 'terraform');
    if (terraformFolder !== undefined) {
      const states = path.join(logDirectory, 'terraform-states');
      await installProgram(terraformFolder, 'terraform', [`--state-folder=${states}`]);
    }
    const dockerFolder = tooling.containers === 'ready' ? undefined : path.join(folder, 'docker');
    if (dockerFolder !== undefined) await installProgram(dockerFolder, 'docker', [dockerFolder, DEPENDENCIES]);
    const awsEnvironmentOf: ManualSetup['awsEnvironmentOf'] = (place) =>
      aws.environmentOf({ accountId: place.account, region: place.region });
    const setup: ManualSetup = {
      repository,
      content,
      tooling,
      signal,
      awsEnvironmentOf,
      terraformFolder,
      dockerFolder,
      logDirectory: path.join(logDirectory, 'before'),
      progress,
    };
    const commit = await repository.commit('Serve the first models');
    const first = await releaseEverywhere(setup, await makeFirstImages(setup, commit), commit);
    const github = open(
      await startLocalGithub({
        logDirectory: path.join(logDirectory, 'github'),
        owner: 'octo-org',
        repo: 'models',
        source: repository.root,
      }),
    );
    oidc.identity = createWebIdentity(github.serverUrl, roles);
    await verifyEverywhere(setup, github);

    const commands = await writeStandInCommands(path.join(folder, 'commands'), checkCommands(DEPENDENCIES));
    github.environmentOf('automation').branches = ['main'];
    const isProtectedHere = options.isProtected ?? ((name: string): boolean => isProtected(content, name));
    for (const { name } of chainsOf(content).flatMap(({ environments }) => environments)) {
      github.environmentOf(name).branches = ['main'];
      github.environmentOf(approvalEnvironment(name), isProtectedHere(name) ? [RELEASE_MANAGER] : []);
    }
    const approvals = createApprovals((environment) => github.environmentOf(environment).reviewers.length > 0);
    const receiver = options.notifies === true ? open(await startWebhookReceiver()) : undefined;
    const appKey = `-----BEGIN RSA PRIVATE KEY-----\n${randomBytes(96).toString('base64')}\n-----END RSA PRIVATE KEY-----`;
    const secrets = receiver === undefined ? {} : { NOTIFY_URL: receiver.url, NOTIFY_SECRET: receiver.secret };
    const timeline = openTimeline(path.join(logDirectory, 'timeline.log'));
    open(timeline);
    const latest = new Map<string, string>();
    const assumeRole = assumeRoleAt(aws.url, region);
    const runner = await startRunner({
      github: {
        ...github,
        token: (...granted) => {
          const token = github.token(...granted);
          seen.add(token);
          return token;
        },
      },
      folder: path.join(logDirectory, 'runs'),
      machines: path.join(folder, 'machines'),
      secrets,
      environmentSecrets: { automation: { APP_PRIVATE_KEY: appKey } },
      variables: {
        APP_CLIENT_ID: 'Iv1.rehearsal',
        POLL_INTERVAL_SECONDS: '0.2',
        ...options.runner?.variables,
      },
      environment: {
        ...withoutCredentials(aws.environment),
        PATH: [commands.folder, dockerFolder, process.env['PATH']]
          .filter((entry) => entry !== undefined)
          .join(path.delimiter),
        ...FAST_TERRAFORM,
        // A rehearsal starts each bundle many times.
        NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? path.join(folder, 'compiled'),
        // The actions' runtime is Node 24; on Node 20 the SDK would warn in every log.
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      },
      assumeRole: async (role, token) => {
        const credentials = await assumeRole(role, token);
        seen.add(credentials.AWS_SECRET_ACCESS_KEY).add(credentials.AWS_SESSION_TOKEN);
        return credentials;
      },
      ...(options.runner?.faultOf === undefined ? {} : { faultOf: options.runner.faultOf }),
      ...(options.runner?.adjust === undefined ? {} : { adjust: options.runner.adjust }),
      approve: options.approve ?? approvals.ask,
      onLine: (line, job) => {
        latest.delete(job);
        latest.set(job, line);
        timeline.write(line, job);
      },
      tools: { terraformFolder },
    });
    open(runner);
    // Before the runner, which waits for the jobs that wait for a decision.
    open(approvals);
    const stopOnAbort = (): void => {
      for (const run of runner.runs) if (run.status !== 'completed') runner.cancel(run.id);
      approvals.close();
    };
    signal.addEventListener('abort', stopOnAbort, { once: true });
    return {
      aws,
      github,
      runner,
      approvals,
      team: createTeam(github, repository),
      repository,
      commands,
      tooling,
      signal,
      logDirectory,
      content,
      awsEnvironmentOf,
      callsBefore: aws.calls.length,
      first,
      makeImage: async (service, at) => await makeImage(setup, service, at),
      activity: () => describeActivity(runner, approvals, latest),
      receiver,
      roles,
      secrets: () => [appKey, ...Object.values(secrets), ...seen],
      close: async () => {
        signal.removeEventListener('abort', stopOnAbort);
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The accounts and regions of the content, each once. */
function placesOf(content: Content): readonly { readonly accountId: string; readonly region: string }[] {
  const places = chainsOf(content).flatMap(({ environments }) => environments);
  return [
    ...new Map(
      places.map(({ account, region }) => [`${account} ${region}`, { accountId: account, region }] as const),
    ).values(),
  ];
}

/** The last environment of a chain waits for an approval, unless it is the only one. */
export function isProtected(content: Content, environment: string): boolean {
  return chainsOf(content).some(({ environments, last }) => environments.length > 1 && last.name === environment);
}

/** One line about the jobs that run: which, and what the last one of them said. */
function describeActivity(runner: LocalRunner, approvals: Approvals, latest: ReadonlyMap<string, string>): string {
  const running = runner.runs
    .filter(({ status }) => status === 'in_progress')
    .map(({ workflow }) => path.basename(workflow));
  if (running.length === 0) return '';
  const waiting = approvals.waiting().map(({ environment }) => environment);
  const [job, line] = [...latest].at(-1) ?? [];
  return [
    [...new Set(running)].join(', '),
    ...(waiting.length === 0 ? [] : [`waiting for an approval of ${waiting.join(', ')}`]),
    ...(job === undefined ? [] : [`${job}: ${(line ?? '').trim().slice(0, 80)}`]),
  ].join('; ');
}

/** Where the local AWS is, without the keys of the person at the machine: a job has a role, or nothing. */
function withoutCredentials(environment: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => name !== 'AWS_ACCESS_KEY_ID' && name !== 'AWS_SECRET_ACCESS_KEY'),
  );
}

/** What all jobs say, in one file, line by line as it comes, with the seconds since the fixture was set. */
function openTimeline(file: string): { readonly write: (line: string, job: string) => void; close(): Promise<void> } {
  const stream = createWriteStream(file);
  const started = performance.now();
  return {
    write: (line, job) => {
      stream.write(`${((performance.now() - started) / 1000).toFixed(2).padStart(8)}  ${job}: ${line}\n`);
    },
    close: async () => await new Promise((resolve) => stream.end(resolve)),
  };
}
