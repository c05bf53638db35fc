import type { Clock } from '../core/clock.ts';
import {
  InvocationFailure,
  LaunchError,
  type InstanceLauncher,
  type InstanceSpec,
  type InvocationRequest,
  type InvocationResponse,
} from './launcher.ts';

/** How a fake container behaves; every member has the behaviour of a good one as its default. */
export interface FakeBehaviour {
  /** Why it cannot be started at all. */
  readonly launchError?: string;
  /** Milliseconds from its start to its first healthy ping; Infinity for never. */
  readonly healthyAfterMilliseconds?: number;
  /** Milliseconds from its start to the moment from which it answers no pings; default: never. */
  readonly hangsAfterMilliseconds?: number;
  /** Invocations that it answers before it ends by itself. */
  readonly invocationsBeforeCrash?: number;
  /** Its answer; default 200 with the request's body, and the release id from RELEASE_ID among the attributes. */
  readonly answer?: (
    request: InvocationRequest,
    spec: InstanceSpec,
  ) => InvocationResponse | Promise<InvocationResponse>;
}

/** Runs instances inside this process; `behave` says how the containers of a model behave. */
export function createFakeLauncher(clock: Clock, behave: (spec: InstanceSpec) => FakeBehaviour): InstanceLauncher {
  return {
    kind: 'fake',
    launch(spec) {
      const behaviour = behave(spec);
      if (behaviour.launchError !== undefined) return Promise.reject(new LaunchError(behaviour.launchError));
      const startedAt = clock.now().getTime();
      const healthyAt = startedAt + (behaviour.healthyAfterMilliseconds ?? 0);
      const hangsAt = startedAt + (behaviour.hangsAfterMilliseconds ?? Infinity);
      let invocationsLeft = behaviour.invocationsBeforeCrash ?? Infinity;
      let isRunning = true;
      let end: (how: string) => void = () => undefined;
      const ended = new Promise<string>((resolve) => {
        end = (how) => {
          isRunning = false;
          resolve(how);
        };
      });
      const answer = behaviour.answer ?? echo;
      return Promise.resolve({
        address: undefined,
        ended,
        ping: () => {
          const now = clock.now().getTime();
          return Promise.resolve(isRunning && now >= healthyAt && now < hangsAt);
        },
        async invoke(request) {
          if (isRunning && invocationsLeft <= 0) end('exited with code 1');
          if (!isRunning) throw new InvocationFailure('connection', `instance ${spec.instanceId} has ended`);
          invocationsLeft -= 1;
          return await answer(request, spec);
        },
        stop() {
          end('was ended by SIGTERM');
          return Promise.resolve();
        },
      });
    },
    close: () => Promise.resolve(),
  };
}

/** The answer of a healthy fake: the request's body, and which release answered. */
function echo(request: InvocationRequest, { environment }: InstanceSpec): InvocationResponse {
  const asked = request.headers['x-amzn-sagemaker-custom-attributes'];
  const release = environment['RELEASE_ID'];
  const attributes = [
    ...(release === undefined ? [] : [`release-id=${release}`]),
    ...(asked === undefined ? [] : [asked]),
  ];
  return {
    status: 200,
    headers: {
      'content-type': request.headers['content-type'] ?? 'application/json',
      'x-amzn-sagemaker-custom-attributes': attributes.join(';'),
    },
    body: request.body,
  };
}
