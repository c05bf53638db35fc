import type { PutMetricAlarmInput } from '../api-models/cloudwatch.types.ts';
import { AwsError } from '../wire/aws-error.ts';

const DAY_SECONDS = 86_400;
const PERCENTILE = String.raw`(?:\d{1,2}(?:\.\d+)?|100)`;
const EXTENDED = new RegExp(`^(?:(?:p|tm|wm|tc|ts)${PERCENTILE}|IQM|(?:TM|WM|TC|TS|PR)\\([\\d.%:]+\\))$`);
const ANOMALY = /^(?:LessThanLowerOrGreaterThanUpper|LessThanLower|GreaterThanUpper)Threshold$/;

/** What makes an alarm one that CloudWatch refuses, beyond the API model, which requires the name alone. */
type Rule = readonly [isBroken: (input: PutMetricAlarmInput) => boolean, message: string];

const isMetricAlarm = ({ MetricName }: PutMetricAlarmInput): boolean => MetricName !== undefined;
const totalSeconds = ({ Period = 0, EvaluationPeriods = 1 }: PutMetricAlarmInput): number => Period * EvaluationPeriods;

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
const RULES: readonly Rule[] = [
  [
    ({ MetricName, Metrics }) => (MetricName !== undefined) === (Metrics !== undefined),
    'Exactly one of MetricName and Metrics must be specified.',
  ],
  [({ EvaluationPeriods }) => EvaluationPeriods === undefined, 'EvaluationPeriods must be specified.'],
  [({ ComparisonOperator }) => ComparisonOperator === undefined, 'ComparisonOperator must be specified.'],
  [
    ({ Threshold, ThresholdMetricId }) => (Threshold === undefined) === (ThresholdMetricId === undefined),
    'Exactly one of Threshold and ThresholdMetricId must be specified.',
  ],
  [
    ({ ComparisonOperator = '', ThresholdMetricId }) =>
      ANOMALY.test(ComparisonOperator) !== (ThresholdMetricId !== undefined),
    'A ThresholdMetricId needs a comparison with a band, and such a comparison needs it.',
  ],
  [
    ({ DatapointsToAlarm = 1, EvaluationPeriods = 1 }) => DatapointsToAlarm > EvaluationPeriods,
    'DatapointsToAlarm must be at most EvaluationPeriods.',
  ],
  [(input) => isMetricAlarm(input) && input.Namespace === undefined, 'Namespace must be specified with MetricName.'],
  [(input) => isMetricAlarm(input) && input.Period === undefined, 'Period must be specified with MetricName.'],
  [
    (input) => isMetricAlarm(input) && (input.Statistic === undefined) === (input.ExtendedStatistic === undefined),
    'Exactly one of Statistic and ExtendedStatistic must be specified.',
  ],
  [
    ({ ExtendedStatistic }) => ExtendedStatistic !== undefined && !EXTENDED.test(ExtendedStatistic),
    'The value of ExtendedStatistic is not a statistic.',
  ],
  [
    ({ Period = 60 }) => ![10, 20, 30].includes(Period) && Period % 60 !== 0,
    'Period must be 10, 20, 30 or a multiple of 60.',
  ],
  [
    (input) => totalSeconds(input) > ((input.Period ?? 0) < 3600 ? DAY_SECONDS : 7 * DAY_SECONDS),
    'Metrics cannot be checked across more than a day, or seven days with a period of an hour and more: (EvaluationPeriods * Period) is too long.',
  ],
  [
    ({ TreatMissingData = 'missing' }) =>
      !['breaching', 'notBreaching', 'ignore', 'missing'].includes(TreatMissingData),
    'TreatMissingData must be breaching, notBreaching, ignore or missing.',
  ],
  [
    ({ EvaluateLowSampleCountPercentile = 'evaluate' }) =>
      !['evaluate', 'ignore'].includes(EvaluateLowSampleCountPercentile),
    'EvaluateLowSampleCountPercentile must be evaluate or ignore.',
  ],
  [
    ({ AlarmActions = [], OKActions = [], InsufficientDataActions = [] }) =>
      [...AlarmActions, ...OKActions, ...InsufficientDataActions].some((action) => !/^arn:(?:[^:]*:){4}./.test(action)),
    'An action is not an ARN.',
  ],
  [
    ({ Dimensions = [] }) => new Set(Dimensions.map(({ Name }) => Name)).size < Dimensions.length,
    'Two dimensions have the same name.',
  ],
];

/** @throws AwsError ValidationError for an alarm that CloudWatch refuses. */
export function checkAlarm(input: PutMetricAlarmInput): void {
  const broken = RULES.find(([isBroken]) => isBroken(input));
  if (broken !== undefined) throw new AwsError('ValidationError', broken[1]);
}
