import { InvokeEndpointCommand, ModelError, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { reportedReleaseId } from '../../../actions/lib/domain/release/reported-id.ts';
import { bodyOf, type SmokeCase } from '../../../actions/lib/domain/smoke/cases.ts';
import { problemOf } from '../../../actions/lib/domain/smoke/check.ts';

/** What became of one request. */
interface StreamAnswer {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** The release id that the container reported; null where the request failed. */
  readonly release: string | null;
  readonly milliseconds: number;
  readonly isWrong: boolean;
}

/** What a stream of requests saw. A request has failed when its answer has another status than its smoke case allows, or there is none. */
export interface StreamTally {
  readonly sent: number;
  readonly failed: number;
  /** Answers with an expected status that are not what the smoke case expects. */
  readonly wrong: number;
  /** Answers by the release id that the container reported; `(none)` where it reported none. */
  readonly answeredBy: ReadonlyMap<string, number>;
  /** Every request in the order of its end. */
  readonly answers: readonly StreamAnswer[];
  /** The first failure's text, for the person who has to look. */
  readonly firstFailure: string | undefined;
}

/** A steady stream of InvokeEndpoint calls, one after the other on each of a few connections. */
export interface RequestStream {
  /** Waits for the requests in flight and gives the tally. */
  stop(): Promise<StreamTally>;
}

/** Where the requests go and how many there are. */
export interface StreamOptions {
  readonly endpoint: string;
  readonly awsEnvironment: Readonly<Record<string, string>>;
  /** What is asked, one after the other. */
  readonly cases: readonly SmokeCase[];
  readonly connections: number;
  /** Pause between two requests of one connection. */
  readonly pauseMilliseconds: number;
}

/** Starts a stream against an endpoint, through the AWS SDK without retries, so that each failure counts. */
export function startRequestStream(options: StreamOptions): RequestStream {
  const { awsEnvironment } = options;
  const client = new SageMakerRuntimeClient({
    endpoint: awsEnvironment['AWS_ENDPOINT_URL'] ?? '',
    region: awsEnvironment['AWS_REGION'] ?? '',
    credentials: {
      accessKeyId: awsEnvironment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: awsEnvironment['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
    maxAttempts: 1,
  });
  const answers: StreamAnswer[] = [];
  let sent = 0;
  let firstFailure: string | undefined;
  let running = true;

  const ask = async (smoke: SmokeCase): Promise<void> => {
    const { contentType, accept } = smoke.request;
    const started = performance.now();
    const answer = await client.send(
      new InvokeEndpointCommand({
        EndpointName: options.endpoint,
        ContentType: contentType,
        ...(accept === undefined ? {} : { Accept: accept }),
        Body: bodyOf(smoke),
      }),
    );
    const release = reportedReleaseId(answer.CustomAttributes) ?? '(none)';
    const milliseconds = performance.now() - started;
    const { Body: body, ContentType: answered } = answer;
    const probe = { kind: 'answered', status: 200, releaseId: release, body, latencyMilliseconds: 0 } as const;
    const isWrong = problemOf(smoke, { ...probe, contentType: answered }, { releaseId: null }) !== null;
    answers.push({ at: Date.now(), release, milliseconds, isWrong });
  };
  const isExpected = (error: unknown, smoke: SmokeCase): boolean =>
    error instanceof ModelError && smoke.expect.status.includes(error.OriginalStatusCode ?? 0);

  const connection = async (): Promise<void> => {
    while (running) {
      const smoke = options.cases[sent % options.cases.length];
      if (smoke === undefined) throw new Error('a stream of requests needs a case');
      sent += 1;
      try {
        await ask(smoke);
      } catch (error) {
        if (!isExpected(error, smoke)) {
          answers.push({ at: Date.now(), release: null, milliseconds: 0, isWrong: false });
          firstFailure ??= `${smoke.name}: ${String(error)}`;
        }
      }
      await new Promise((resolve) => setTimeout(resolve, options.pauseMilliseconds));
    }
  };
  const connections = Array.from({ length: options.connections }, connection);
  return {
    stop: async () => {
      running = false;
      await Promise.all(connections);
      client.destroy();
      const answeredBy = new Map<string, number>();
      for (const { release } of answers) {
        if (release !== null) answeredBy.set(release, (answeredBy.get(release) ?? 0) + 1);
      }
      const failed = answers.filter(({ release }) => release === null).length;
      const wrong = answers.filter(({ isWrong }) => isWrong).length;
      return { sent, failed, wrong, answeredBy, answers, firstFailure };
    },
  };
}
