import timeZones from '../../../../terraform/modules/inference-endpoint/aws/time-zones.json' with { type: 'json' };

// Fields of a cron expression: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html,
// which Application Auto Scaling's guide refers to. terraform/modules/inference-endpoint/schedules.tf has the same patterns.
const list = (value: string): string => {
  const range = `(?:\\*|${value}(?:-${value})?)(?:/[0-9]+)?`;
  return `${range}(?:,${range})*`;
};
const DAY = '(?:0?[1-9]|[12][0-9]|3[01])';
const WEEKDAY = '(?:[1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)';
const CRON_FIELDS: readonly (readonly [string, string])[] = [
  ['minutes', list('[0-5]?[0-9]')],
  ['hours', list('(?:[01]?[0-9]|2[0-3])')],
  ['day of month', `(?:\\?|L|LW|${DAY}W|${list(DAY)})`],
  ['month', list('(?:0?[1-9]|1[0-2]|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)')],
  ['day of week', `(?:\\?|L|${WEEKDAY}L|${WEEKDAY}#[1-5]|${list(WEEKDAY)})`],
  ['year', list('(?:19[7-9][0-9]|2[01][0-9][0-9])')],
];
const ZONES: ReadonlySet<string> = new Set(timeZones.zones);

/** What a schedule's expression should be instead, in words, or undefined where Application Auto Scaling takes it. */
export function expectedExpression(expression: string): string | undefined {
  const [, kind, inner = ''] = /^(cron|rate|at)\((.+)\)$/.exec(expression) ?? [];
  switch (kind) {
    case 'cron':
      return expectedCron(inner);
    case 'rate':
      return /^[1-9][0-9]* (?:minute|hour|day)s?$/.test(inner)
        ? undefined
        : 'rate(VALUE UNIT): a whole number of minutes, hours or days';
    case 'at':
      return localTime(inner) === undefined ? 'at(YYYY-MM-DDThh:mm:ss): an existing date and time' : undefined;
    default:
      return 'cron(...), rate(...) or at(...)';
  }
}

function expectedCron(inner: string): string | undefined {
  const fields = inner.split(/\s+/);
  if (fields.length !== CRON_FIELDS.length) {
    return `cron with six fields (minutes, hours, day of month, month, day of week, year), not ${String(fields.length)}`;
  }
  const wrong = CRON_FIELDS.filter(([, pattern], index) => !new RegExp(`^${pattern}$`).test(fields[index] ?? ''));
  if (wrong.length > 0) return `cron with another ${wrong.map(([name]) => name).join(' and ')}`;
  return (fields[2] === '?') === (fields[4] === '?')
    ? 'cron with ? as either the day of month or the day of week, and not as both'
    : undefined;
}

/** Whether a name is one of IANA's time zones. */
export function isTimeZone(name: string): boolean {
  return ZONES.has(name);
}

/**
 * Whether a one-time schedule has passed. With a time zone other than UTC it counts as passed twelve hours later, when it
 * has passed in each time zone.
 */
export function hasPassed(schedule: { readonly expression: string; readonly timezone: string }, now: Date): boolean {
  const time = localTime(/^at\((.+)\)$/.exec(schedule.expression)?.[1] ?? '');
  const hours = schedule.timezone === 'UTC' ? 0 : 12;
  return time !== undefined && time.getTime() + hours * 3_600_000 <= now.getTime();
}

/** A local time as if it were in UTC; undefined where there is no such day or time. */
function localTime(text: string): Date | undefined {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}$/.test(text)) return undefined;
  const time = new Date(`${text}Z`);
  return Number.isNaN(time.getTime()) || time.toISOString() !== `${text}.000Z` ? undefined : time;
}
