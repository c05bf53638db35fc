// Generated from the official API model of CloudWatch by api-models/generate.ts. Do not edit.

export interface AlarmHistoryItem {
  AlarmName?: string | undefined;
  AlarmContributorId?: string | undefined;
  AlarmType?: 'CompositeAlarm' | 'MetricAlarm' | undefined;
  Timestamp?: Date | undefined;
  HistoryItemType?:
    | 'ConfigurationUpdate'
    | 'StateUpdate'
    | 'Action'
    | 'AlarmContributorStateUpdate'
    | 'AlarmContributorAction'
    | undefined;
  HistorySummary?: string | undefined;
  HistoryData?: string | undefined;
  AlarmContributorAttributes?: Readonly<Record<string, string>> | undefined;
}

export interface AlarmPromQLCriteria {
  Query: string;
  PendingPeriod?: number | undefined;
  RecoveryPeriod?: number | undefined;
}

export interface CompositeAlarm {
  ActionsEnabled?: boolean | undefined;
  AlarmActions?: readonly string[] | undefined;
  AlarmArn?: string | undefined;
  AlarmConfigurationUpdatedTimestamp?: Date | undefined;
  AlarmDescription?: string | undefined;
  AlarmName?: string | undefined;
  AlarmRule?: string | undefined;
  InsufficientDataActions?: readonly string[] | undefined;
  OKActions?: readonly string[] | undefined;
  StateReason?: string | undefined;
  StateReasonData?: string | undefined;
  StateUpdatedTimestamp?: Date | undefined;
  StateValue?: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA' | undefined;
  StateTransitionedTimestamp?: Date | undefined;
  ActionsSuppressedBy?: 'WaitPeriod' | 'ExtensionPeriod' | 'Alarm' | undefined;
  ActionsSuppressedReason?: string | undefined;
  ActionsSuppressor?: string | undefined;
  ActionsSuppressorWaitPeriod?: number | undefined;
  ActionsSuppressorExtensionPeriod?: number | undefined;
}

export interface DashboardEntry {
  DashboardName?: string | undefined;
  DashboardArn?: string | undefined;
  LastModified?: Date | undefined;
  Size?: number | undefined;
}

export interface DashboardValidationMessage {
  DataPath?: string | undefined;
  Message?: string | undefined;
}

export interface Datapoint {
  Timestamp?: Date | undefined;
  SampleCount?: number | undefined;
  Average?: number | undefined;
  Sum?: number | undefined;
  Minimum?: number | undefined;
  Maximum?: number | undefined;
  Unit?:
    | 'Seconds'
    | 'Microseconds'
    | 'Milliseconds'
    | 'Bytes'
    | 'Kilobytes'
    | 'Megabytes'
    | 'Gigabytes'
    | 'Terabytes'
    | 'Bits'
    | 'Kilobits'
    | 'Megabits'
    | 'Gigabits'
    | 'Terabits'
    | 'Percent'
    | 'Count'
    | 'Bytes/Second'
    | 'Kilobytes/Second'
    | 'Megabytes/Second'
    | 'Gigabytes/Second'
    | 'Terabytes/Second'
    | 'Bits/Second'
    | 'Kilobits/Second'
    | 'Megabits/Second'
    | 'Gigabits/Second'
    | 'Terabits/Second'
    | 'Count/Second'
    | 'None'
    | undefined;
  ExtendedStatistics?: Readonly<Record<string, number>> | undefined;
}

export interface DeleteAlarmsInput {
  AlarmNames: readonly string[];
}

export interface DeleteDashboardsInput {
  DashboardNames: readonly string[];
}

export type DeleteDashboardsOutput = Record<string, never>;

export interface DescribeAlarmHistoryInput {
  AlarmName?: string | undefined;
  AlarmContributorId?: string | undefined;
  AlarmTypes?: readonly ('CompositeAlarm' | 'MetricAlarm')[] | undefined;
  HistoryItemType?:
    | 'ConfigurationUpdate'
    | 'StateUpdate'
    | 'Action'
    | 'AlarmContributorStateUpdate'
    | 'AlarmContributorAction'
    | undefined;
  StartDate?: Date | undefined;
  EndDate?: Date | undefined;
  MaxRecords?: number | undefined;
  NextToken?: string | undefined;
  ScanBy?: 'TimestampDescending' | 'TimestampAscending' | undefined;
}

export interface DescribeAlarmHistoryOutput {
  AlarmHistoryItems?: readonly AlarmHistoryItem[] | undefined;
  NextToken?: string | undefined;
}

export interface DescribeAlarmsForMetricInput {
  MetricName: string;
  Namespace: string;
  Statistic?: 'SampleCount' | 'Average' | 'Sum' | 'Minimum' | 'Maximum' | undefined;
  ExtendedStatistic?: string | undefined;
  Dimensions?: readonly Dimension[] | undefined;
  Period?: number | undefined;
  Unit?:
    | 'Seconds'
    | 'Microseconds'
    | 'Milliseconds'
    | 'Bytes'
    | 'Kilobytes'
    | 'Megabytes'
    | 'Gigabytes'
    | 'Terabytes'
    | 'Bits'
    | 'Kilobits'
    | 'Megabits'
    | 'Gigabits'
    | 'Terabits'
    | 'Percent'
    | 'Count'
    | 'Bytes/Second'
    | 'Kilobytes/Second'
    | 'Megabytes/Second'
    | 'Gigabytes/Second'
    | 'Terabytes/Second'
    | 'Bits/Second'
    | 'Kilobits/Second'
    | 'Megabits/Second'
    | 'Gigabits/Second'
    | 'Terabits/Second'
    | 'Count/Second'
    | 'None'
    | undefined;
}

export interface DescribeAlarmsForMetricOutput {
  MetricAlarms?: readonly MetricAlarm[] | undefined;
}

export interface DescribeAlarmsInput {
  AlarmNames?: readonly string[] | undefined;
  AlarmNamePrefix?: string | undefined;
  AlarmTypes?: readonly ('CompositeAlarm' | 'MetricAlarm')[] | undefined;
  ChildrenOfAlarmName?: string | undefined;
  ParentsOfAlarmName?: string | undefined;
  StateValue?: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA' | undefined;
  ActionPrefix?: string | undefined;
  MaxRecords?: number | undefined;
  NextToken?: string | undefined;
}

export interface DescribeAlarmsOutput {
  CompositeAlarms?: readonly CompositeAlarm[] | undefined;
  MetricAlarms?: readonly MetricAlarm[] | undefined;
  NextToken?: string | undefined;
}

export interface Dimension {
  Name: string;
  Value: string;
}

export interface DimensionFilter {
  Name: string;
  Value?: string | undefined;
}

export interface DisableAlarmActionsInput {
  AlarmNames: readonly string[];
}

export interface EnableAlarmActionsInput {
  AlarmNames: readonly string[];
}

export interface Entity {
  KeyAttributes?: Readonly<Record<string, string>> | undefined;
  Attributes?: Readonly<Record<string, string>> | undefined;
}

export interface EntityMetricData {
  Entity?: Entity | undefined;
  MetricData?: readonly MetricDatum[] | undefined;
}

export interface EvaluationCriteria {
  PromQLCriteria?: AlarmPromQLCriteria | undefined;
}

export interface GetDashboardInput {
  DashboardName: string;
}

export interface GetDashboardOutput {
  DashboardArn?: string | undefined;
  DashboardBody?: string | undefined;
  DashboardName?: string | undefined;
}

export interface GetMetricDataInput {
  MetricDataQueries: readonly MetricDataQuery[];
  StartTime: Date;
  EndTime: Date;
  NextToken?: string | undefined;
  ScanBy?: 'TimestampDescending' | 'TimestampAscending' | undefined;
  MaxDatapoints?: number | undefined;
  LabelOptions?: LabelOptions | undefined;
}

export interface GetMetricDataOutput {
  MetricDataResults?: readonly MetricDataResult[] | undefined;
  NextToken?: string | undefined;
  Messages?: readonly MessageData[] | undefined;
}

export interface GetMetricStatisticsInput {
  Namespace: string;
  MetricName: string;
  Dimensions?: readonly Dimension[] | undefined;
  StartTime: Date;
  EndTime: Date;
  Period: number;
  Statistics?: readonly ('SampleCount' | 'Average' | 'Sum' | 'Minimum' | 'Maximum')[] | undefined;
  ExtendedStatistics?: readonly string[] | undefined;
  Unit?:
    | 'Seconds'
    | 'Microseconds'
    | 'Milliseconds'
    | 'Bytes'
    | 'Kilobytes'
    | 'Megabytes'
    | 'Gigabytes'
    | 'Terabytes'
    | 'Bits'
    | 'Kilobits'
    | 'Megabits'
    | 'Gigabits'
    | 'Terabits'
    | 'Percent'
    | 'Count'
    | 'Bytes/Second'
    | 'Kilobytes/Second'
    | 'Megabytes/Second'
    | 'Gigabytes/Second'
    | 'Terabytes/Second'
    | 'Bits/Second'
    | 'Kilobits/Second'
    | 'Megabits/Second'
    | 'Gigabits/Second'
    | 'Terabits/Second'
    | 'Count/Second'
    | 'None'
    | undefined;
}

export interface GetMetricStatisticsOutput {
  Label?: string | undefined;
  Datapoints?: readonly Datapoint[] | undefined;
}

export interface LabelOptions {
  Timezone?: string | undefined;
}

export interface ListDashboardsInput {
  DashboardNamePrefix?: string | undefined;
  NextToken?: string | undefined;
}

export interface ListDashboardsOutput {
  DashboardEntries?: readonly DashboardEntry[] | undefined;
  NextToken?: string | undefined;
}

export interface ListMetricsInput {
  Namespace?: string | undefined;
  MetricName?: string | undefined;
  Dimensions?: readonly DimensionFilter[] | undefined;
  NextToken?: string | undefined;
  RecentlyActive?: 'PT3H' | undefined;
  IncludeLinkedAccounts?: boolean | undefined;
  OwningAccount?: string | undefined;
}

export interface ListMetricsOutput {
  Metrics?: readonly Metric[] | undefined;
  NextToken?: string | undefined;
  OwningAccounts?: readonly string[] | undefined;
}

export interface ListTagsForResourceInput {
  ResourceARN: string;
}

export interface ListTagsForResourceOutput {
  Tags?: readonly Tag[] | undefined;
}

export interface MessageData {
  Code?: string | undefined;
  Value?: string | undefined;
}

export interface Metric {
  Namespace?: string | undefined;
  MetricName?: string | undefined;
  Dimensions?: readonly Dimension[] | undefined;
}

export interface MetricAlarm {
  AlarmName?: string | undefined;
  AlarmArn?: string | undefined;
  AlarmDescription?: string | undefined;
  AlarmConfigurationUpdatedTimestamp?: Date | undefined;
  ActionsEnabled?: boolean | undefined;
  OKActions?: readonly string[] | undefined;
  AlarmActions?: readonly string[] | undefined;
  InsufficientDataActions?: readonly string[] | undefined;
  StateValue?: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA' | undefined;
  StateReason?: string | undefined;
  StateReasonData?: string | undefined;
  StateUpdatedTimestamp?: Date | undefined;
  MetricName?: string | undefined;
  Namespace?: string | undefined;
  Statistic?: 'SampleCount' | 'Average' | 'Sum' | 'Minimum' | 'Maximum' | undefined;
  ExtendedStatistic?: string | undefined;
  Dimensions?: readonly Dimension[] | undefined;
  Period?: number | undefined;
  Unit?:
    | 'Seconds'
    | 'Microseconds'
    | 'Milliseconds'
    | 'Bytes'
    | 'Kilobytes'
    | 'Megabytes'
    | 'Gigabytes'
    | 'Terabytes'
    | 'Bits'
    | 'Kilobits'
    | 'Megabits'
    | 'Gigabits'
    | 'Terabits'
    | 'Percent'
    | 'Count'
    | 'Bytes/Second'
    | 'Kilobytes/Second'
    | 'Megabytes/Second'
    | 'Gigabytes/Second'
    | 'Terabytes/Second'
    | 'Bits/Second'
    | 'Kilobits/Second'
    | 'Megabits/Second'
    | 'Gigabits/Second'
    | 'Terabits/Second'
    | 'Count/Second'
    | 'None'
    | undefined;
  EvaluationPeriods?: number | undefined;
  DatapointsToAlarm?: number | undefined;
  Threshold?: number | undefined;
  ComparisonOperator?:
    | 'GreaterThanOrEqualToThreshold'
    | 'GreaterThanThreshold'
    | 'LessThanThreshold'
    | 'LessThanOrEqualToThreshold'
    | 'LessThanLowerOrGreaterThanUpperThreshold'
    | 'LessThanLowerThreshold'
    | 'GreaterThanUpperThreshold'
    | undefined;
  TreatMissingData?: string | undefined;
  EvaluateLowSampleCountPercentile?: string | undefined;
  Metrics?: readonly MetricDataQuery[] | undefined;
  ThresholdMetricId?: string | undefined;
  EvaluationState?: 'PARTIAL_DATA' | 'EVALUATION_FAILURE' | 'EVALUATION_ERROR' | undefined;
  StateTransitionedTimestamp?: Date | undefined;
  EvaluationCriteria?: EvaluationCriteria | undefined;
  EvaluationInterval?: number | undefined;
}

export interface MetricDataQuery {
  Id: string;
  MetricStat?: MetricStat | undefined;
  Expression?: string | undefined;
  Label?: string | undefined;
  ReturnData?: boolean | undefined;
  Period?: number | undefined;
  AccountId?: string | undefined;
}

export interface MetricDataResult {
  Id?: string | undefined;
  Label?: string | undefined;
  Timestamps?: readonly Date[] | undefined;
  Values?: readonly number[] | undefined;
  StatusCode?: 'Complete' | 'InternalError' | 'PartialData' | 'Forbidden' | undefined;
  Messages?: readonly MessageData[] | undefined;
}

export interface MetricDatum {
  MetricName: string;
  Dimensions?: readonly Dimension[] | undefined;
  Timestamp?: Date | undefined;
  Value?: number | undefined;
  StatisticValues?: StatisticSet | undefined;
  Values?: readonly number[] | undefined;
  Counts?: readonly number[] | undefined;
  Unit?:
    | 'Seconds'
    | 'Microseconds'
    | 'Milliseconds'
    | 'Bytes'
    | 'Kilobytes'
    | 'Megabytes'
    | 'Gigabytes'
    | 'Terabytes'
    | 'Bits'
    | 'Kilobits'
    | 'Megabits'
    | 'Gigabits'
    | 'Terabits'
    | 'Percent'
    | 'Count'
    | 'Bytes/Second'
    | 'Kilobytes/Second'
    | 'Megabytes/Second'
    | 'Gigabytes/Second'
    | 'Terabytes/Second'
    | 'Bits/Second'
    | 'Kilobits/Second'
    | 'Megabits/Second'
    | 'Gigabits/Second'
    | 'Terabits/Second'
    | 'Count/Second'
    | 'None'
    | undefined;
  StorageResolution?: number | undefined;
}

export interface MetricStat {
  Metric: Metric;
  Period: number;
  Stat: string;
  Unit?:
    | 'Seconds'
    | 'Microseconds'
    | 'Milliseconds'
    | 'Bytes'
    | 'Kilobytes'
    | 'Megabytes'
    | 'Gigabytes'
    | 'Terabytes'
    | 'Bits'
    | 'Kilobits'
    | 'Megabits'
    | 'Gigabits'
    | 'Terabits'
    | 'Percent'
    | 'Count'
    | 'Bytes/Second'
    | 'Kilobytes/Second'
    | 'Megabytes/Second'
    | 'Gigabytes/Second'
    | 'Terabytes/Second'
    | 'Bits/Second'
    | 'Kilobits/Second'
    | 'Megabits/Second'
    | 'Gigabits/Second'
    | 'Terabits/Second'
    | 'Count/Second'
    | 'None'
    | undefined;
}

export interface PutDashboardInput {
  DashboardName: string;
  DashboardBody: string;
  Tags?: readonly Tag[] | undefined;
}

export interface PutDashboardOutput {
  DashboardValidationMessages?: readonly DashboardValidationMessage[] | undefined;
}

export interface PutMetricAlarmInput {
  AlarmName: string;
  AlarmDescription?: string | undefined;
  ActionsEnabled?: boolean | undefined;
  OKActions?: readonly string[] | undefined;
  AlarmActions?: readonly string[] | undefined;
  InsufficientDataActions?: readonly string[] | undefined;
  MetricName?: string | undefined;
  Namespace?: string | undefined;
  Statistic?: 'SampleCount' | 'Average' | 'Sum' | 'Minimum' | 'Maximum' | undefined;
  ExtendedStatistic?: string | undefined;
  Dimensions?: readonly Dimension[] | undefined;
  Period?: number | undefined;
  Unit?:
    | 'Seconds'
    | 'Microseconds'
    | 'Milliseconds'
    | 'Bytes'
    | 'Kilobytes'
    | 'Megabytes'
    | 'Gigabytes'
    | 'Terabytes'
    | 'Bits'
    | 'Kilobits'
    | 'Megabits'
    | 'Gigabits'
    | 'Terabits'
    | 'Percent'
    | 'Count'
    | 'Bytes/Second'
    | 'Kilobytes/Second'
    | 'Megabytes/Second'
    | 'Gigabytes/Second'
    | 'Terabytes/Second'
    | 'Bits/Second'
    | 'Kilobits/Second'
    | 'Megabits/Second'
    | 'Gigabits/Second'
    | 'Terabits/Second'
    | 'Count/Second'
    | 'None'
    | undefined;
  EvaluationPeriods?: number | undefined;
  DatapointsToAlarm?: number | undefined;
  Threshold?: number | undefined;
  ComparisonOperator?:
    | 'GreaterThanOrEqualToThreshold'
    | 'GreaterThanThreshold'
    | 'LessThanThreshold'
    | 'LessThanOrEqualToThreshold'
    | 'LessThanLowerOrGreaterThanUpperThreshold'
    | 'LessThanLowerThreshold'
    | 'GreaterThanUpperThreshold'
    | undefined;
  TreatMissingData?: string | undefined;
  EvaluateLowSampleCountPercentile?: string | undefined;
  Metrics?: readonly MetricDataQuery[] | undefined;
  Tags?: readonly Tag[] | undefined;
  ThresholdMetricId?: string | undefined;
  EvaluationCriteria?: EvaluationCriteria | undefined;
  EvaluationInterval?: number | undefined;
}

export interface PutMetricDataInput {
  Namespace: string;
  MetricData?: readonly MetricDatum[] | undefined;
  EntityMetricData?: readonly EntityMetricData[] | undefined;
  StrictEntityValidation?: boolean | undefined;
}

export interface SetAlarmStateInput {
  AlarmName: string;
  StateValue: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
  StateReason: string;
  StateReasonData?: string | undefined;
}

export interface StatisticSet {
  SampleCount: number;
  Sum: number;
  Minimum: number;
  Maximum: number;
}

export interface Tag {
  Key: string;
  Value: string;
}

export interface TagResourceInput {
  ResourceARN: string;
  Tags: readonly Tag[];
}

export type TagResourceOutput = Record<string, never>;

export interface UntagResourceInput {
  ResourceARN: string;
  TagKeys: readonly string[];
}

export type UntagResourceOutput = Record<string, never>;

export interface Operations {
  DeleteAlarms: { input: DeleteAlarmsInput; output: Record<string, never> };
  DeleteDashboards: { input: DeleteDashboardsInput; output: DeleteDashboardsOutput };
  DescribeAlarmHistory: { input: DescribeAlarmHistoryInput; output: DescribeAlarmHistoryOutput };
  DescribeAlarms: { input: DescribeAlarmsInput; output: DescribeAlarmsOutput };
  DescribeAlarmsForMetric: { input: DescribeAlarmsForMetricInput; output: DescribeAlarmsForMetricOutput };
  DisableAlarmActions: { input: DisableAlarmActionsInput; output: Record<string, never> };
  EnableAlarmActions: { input: EnableAlarmActionsInput; output: Record<string, never> };
  GetDashboard: { input: GetDashboardInput; output: GetDashboardOutput };
  GetMetricData: { input: GetMetricDataInput; output: GetMetricDataOutput };
  GetMetricStatistics: { input: GetMetricStatisticsInput; output: GetMetricStatisticsOutput };
  ListDashboards: { input: ListDashboardsInput; output: ListDashboardsOutput };
  ListMetrics: { input: ListMetricsInput; output: ListMetricsOutput };
  ListTagsForResource: { input: ListTagsForResourceInput; output: ListTagsForResourceOutput };
  PutDashboard: { input: PutDashboardInput; output: PutDashboardOutput };
  PutMetricAlarm: { input: PutMetricAlarmInput; output: Record<string, never> };
  PutMetricData: { input: PutMetricDataInput; output: Record<string, never> };
  SetAlarmState: { input: SetAlarmStateInput; output: Record<string, never> };
  TagResource: { input: TagResourceInput; output: TagResourceOutput };
  UntagResource: { input: UntagResourceInput; output: UntagResourceOutput };
}
