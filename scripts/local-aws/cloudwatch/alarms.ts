import { mergeTags } from '../wire/tags.ts';
import type { Handlers } from '../core/service.ts';
import type { MetricAlarm, Operations } from '../api-models/cloudwatch.types.ts';
import { AwsError } from '../wire/aws-error.ts';
import { paginate } from '../wire/paginate.ts';
import type { AlarmStore } from './alarm-store.ts';
import { checkAlarm } from './check-alarm.ts';

type AlarmOperation =
  | 'DeleteAlarms'
  | 'DescribeAlarmHistory'
  | 'DescribeAlarms'
  | 'DescribeAlarmsForMetric'
  | 'DisableAlarmActions'
  | 'EnableAlarmActions'
  | 'ListTagsForResource'
  | 'PutMetricAlarm'
  | 'SetAlarmState'
  | 'TagResource'
  | 'UntagResource';

const TAG_ERRORS = { invalid: 'InvalidParameterValue', tooMany: 'InvalidParameterValue' } as const;

/** The CloudWatch operations on metric alarms. Actions are stored and never executed. */
export function alarmHandlers(alarms: AlarmStore): Pick<Handlers<Operations>, AlarmOperation> {
  return {
    PutMetricAlarm(input) {
      checkAlarm(input);
      alarms.put({ ...input, Tags: mergeTags([], input.Tags ?? [], TAG_ERRORS) });
      return {};
    },
    DescribeAlarms({ AlarmNames, AlarmNamePrefix, AlarmTypes, StateValue, ActionPrefix, MaxRecords, NextToken }) {
      if (AlarmNames !== undefined && AlarmNamePrefix !== undefined) {
        throw new AwsError('ValidationError', 'AlarmNames and AlarmNamePrefix cannot be given together.');
      }
      if (AlarmTypes !== undefined && !AlarmTypes.includes('MetricAlarm'))
        return { MetricAlarms: [], CompositeAlarms: [] };
      const matching = alarms
        .list()
        .filter(({ AlarmName = '' }) => AlarmNames?.includes(AlarmName) ?? AlarmName.startsWith(AlarmNamePrefix ?? ''))
        .filter((alarm) => StateValue === undefined || alarm.StateValue === StateValue)
        .filter(
          (alarm) => ActionPrefix === undefined || actionsOf(alarm).some((action) => action.startsWith(ActionPrefix)),
        );
      const page = paginate(matching, MaxRecords ?? 50, NextToken);
      return { MetricAlarms: page.items, CompositeAlarms: [], NextToken: page.nextToken };
    },
    DescribeAlarmsForMetric({ Namespace, MetricName, Dimensions = [] }) {
      const wanted = renderDimensions(Dimensions);
      const matching = alarms
        .list()
        .filter((alarm) => alarm.Namespace === Namespace && alarm.MetricName === MetricName)
        .filter((alarm) => renderDimensions(alarm.Dimensions ?? []) === wanted);
      return { MetricAlarms: matching };
    },
    DescribeAlarmHistory({ AlarmName, HistoryItemType, MaxRecords, NextToken }) {
      const matching = alarms
        .history()
        .filter((item) => AlarmName === undefined || item.AlarmName === AlarmName)
        .filter((item) => HistoryItemType === undefined || item.HistoryItemType === HistoryItemType);
      const page = paginate(matching, MaxRecords ?? 50, NextToken);
      return { AlarmHistoryItems: page.items, NextToken: page.nextToken };
    },
    DeleteAlarms({ AlarmNames }) {
      alarms.delete(AlarmNames);
      return {};
    },
    SetAlarmState({ AlarmName, StateValue, StateReason }) {
      alarms.setState(AlarmName, { state: StateValue, reason: StateReason });
      return {};
    },
    EnableAlarmActions({ AlarmNames }) {
      alarms.setActionsEnabled(AlarmNames, true);
      return {};
    },
    DisableAlarmActions({ AlarmNames }) {
      alarms.setActionsEnabled(AlarmNames, false);
      return {};
    },
    ListTagsForResource: ({ ResourceARN }) => ({ Tags: alarms.tags(ResourceARN) }),
    TagResource({ ResourceARN, Tags }) {
      alarms.setTags(ResourceARN, mergeTags(alarms.tags(ResourceARN), Tags, TAG_ERRORS));
      return {};
    },
    UntagResource({ ResourceARN, TagKeys }) {
      alarms.setTags(
        ResourceARN,
        alarms.tags(ResourceARN).filter(({ Key }) => !TagKeys.includes(Key)),
      );
      return {};
    },
  };
}

const actionsOf = ({ AlarmActions = [], OKActions = [], InsufficientDataActions = [] }: MetricAlarm) => [
  ...AlarmActions,
  ...OKActions,
  ...InsufficientDataActions,
];

const renderDimensions = (dimensions: readonly { readonly Name: string; readonly Value: string }[]) =>
  dimensions
    .map(({ Name, Value }) => `${Name}=${Value}`)
    .sort()
    .join();
