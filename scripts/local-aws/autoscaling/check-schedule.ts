import type { ScheduledAction } from '../api-models/application-autoscaling.types.ts';
import { validationException } from '../wire/aws-error.ts';
import { checkBounds } from './target-store.ts';

// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScheduledAction.html
const SCHEDULES = [
  /^at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)$/,
  /^rate\([1-9]\d* (?:minute|hour|day)s?\)$/,
  // Minutes, hours, day of the month, month, day of the week, year; one of the days is a question mark.
  /^cron\((?=.*\?)(?:[\d*?,/A-Z#-]+ ){5}[\d*?,/-]+\)$/i,
];

/** @throws AwsError ValidationException for a scheduled action that the service refuses. */
export function checkSchedule(action: ScheduledAction): void {
  const { Schedule, Timezone, StartTime, EndTime, ScalableTargetAction } = action;
  if (!SCHEDULES.some((pattern) => pattern.test(Schedule))) {
    throw validationException(
      `Schedule must be at(yyyy-mm-ddThh:mm:ss), rate(VALUE UNIT) or cron(FIELDS), found "${Schedule}".`,
    );
  }
  if (Timezone !== undefined && !isTimezone(Timezone)) throw validationException(`Invalid timezone: ${Timezone}`);
  if (StartTime !== undefined && EndTime !== undefined && StartTime >= EndTime) {
    throw validationException('EndTime must be after StartTime.');
  }
  const { MinCapacity, MaxCapacity } = ScalableTargetAction ?? {};
  if (MinCapacity === undefined && MaxCapacity === undefined) {
    throw validationException('ScalableTargetAction must have a MinCapacity or a MaxCapacity.');
  }
  if ((MinCapacity ?? 0) < 0) throw validationException(`Minimum capacity ${MinCapacity} cannot be negative.`);
  checkBounds(MinCapacity ?? -Infinity, MaxCapacity ?? Infinity);
}

function isTimezone(name: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
