import { endpointConfigName, endpointName } from './names.ts';
import { partitionOf } from './regions.ts';

/** The fields that are compared with others. */
interface ComparedFields {
  readonly service: string;
  readonly account: string;
  readonly region: string;
  readonly kmsKeyArn: string | null;
  readonly dataCapture: object | null;
  readonly replay?: object | null | undefined;
  readonly iam?: { readonly roles?: Readonly<Record<string, string>> };
  readonly notifications: { readonly snsTopicArn: string | null };
  readonly alarms: Readonly<
    Record<string, { readonly periodSeconds: number; readonly evaluationPeriods: number } | null>
  >;
}

/** A field that contradicts another one, and what it should be instead. */
export interface FieldProblem {
  readonly path: readonly string[];
  readonly message: string;
}

// EndpointConfigName in the SageMaker API model.
const NAME_LIMIT = 63;
const DAY_SECONDS = 86_400;

/** Fields of a valid `environment.json` that contradict each other or the folder's name. */
export function checkFields(name: string, file: ComparedFields): readonly FieldProblem[] {
  return [
    ...nameProblems(name, file.service),
    ...placeProblems(['kmsKeyArn'], file.kmsKeyArn, file.region),
    ...placeProblems(['notifications', 'snsTopicArn'], file.notifications.snsTopicArn, file.region),
    ...alarmProblems(file.alarms),
    ...replayProblems(file),
    ...roleProblems(file),
  ];
}

/** Names of SageMaker's that an environment's make too long. */
export function nameProblems(name: string, service: string): readonly FieldProblem[] {
  const longest = endpointConfigName({ service, name }, '0'.repeat(12));
  if (longest.length <= NAME_LIMIT) return [];
  const both = endpointName({ service, name });
  const limit = both.length - (longest.length - NAME_LIMIT);
  return [
    {
      path: ['service'],
      message: `a service that makes "${both}" at most ${String(limit)} characters long, not ${String(both.length)}: a release id follows, and SageMaker's names have at most ${String(NAME_LIMIT)} characters`,
    },
  ];
}

/** SageMaker, CloudWatch, EventBridge and CloudWatch Logs use keys and topics of their own region only. */
function placeProblems(path: readonly string[], arn: string | null, region: string): readonly FieldProblem[] {
  if (arn === null) return [];
  const [, partition, , of] = arn.split(':');
  if (of !== region) return [{ path, message: `an ARN in the region of the environment, ${region}` }];
  const expected = partitionOf(region);
  return partition === expected ? [] : [{ path, message: `an ARN that starts with arn:${expected}:, as in ${region}` }];
}

// PutMetricAlarm: periods below an hour add up to a day at most, longer ones to seven days.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
function alarmProblems(alarms: ComparedFields['alarms']): readonly FieldProblem[] {
  return Object.entries(alarms).flatMap(([kind, alarm]) => {
    if (alarm === null) return [];
    const limit = alarm.periodSeconds < 3600 ? DAY_SECONDS : 7 * DAY_SECONDS;
    if (alarm.periodSeconds * alarm.evaluationPeriods <= limit) return [];
    const most = Math.floor(limit / alarm.periodSeconds);
    return [
      {
        path: ['alarms', kind, 'evaluationPeriods'],
        message: `at most ${String(most)} periods of ${String(alarm.periodSeconds)} seconds`,
      },
    ];
  });
}

/** The jobs that take a role refuse every account but that of the environment. */
function roleProblems({ account, iam }: ComparedFields): readonly FieldProblem[] {
  return Object.entries(iam?.roles ?? {}).flatMap(([role, arn]) =>
    arn.split(':')[4] === account
      ? []
      : [{ path: ['iam', 'roles', role], message: `a role in the account of the environment, ${account}` }],
  );
}

function replayProblems({
  replay,
  dataCapture,
}: Pick<ComparedFields, 'replay' | 'dataCapture'>): readonly FieldProblem[] {
  const hasRequests = (replay ?? null) === null || dataCapture !== null;
  return hasRequests ? [] : [{ path: ['replay'], message: 'null, or a dataCapture that keeps requests' }];
}
