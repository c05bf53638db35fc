const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const DAY_MILLISECONDS = 86_400_000;

/** A day as the fields of a cron expression see it. */
interface Day {
  readonly year: number;
  readonly month: number;
  readonly date: number;
  /** 1 for Sunday to 7 for Saturday. */
  readonly weekday: number;
  readonly lastDate: number;
}

/**
 * The times of a cron expression, in minutes since the start of the first day, ascending. Time zones and their changes of the
 * hour are left out: each day has 24 hours of the schedule's own zone.
 *
 * @param fields The six fields, as the parser of environment.json takes them.
 * @param first The first day: what is within it is ignored.
 * @param days How many days.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
 */
export function cronTimes(fields: string, first: Date, days: number): readonly number[] {
  const [minutes = '', hours = '', dates = '', months = '', weekdays = '', years = ''] = fields.trim().split(/\s+/);
  const start = Date.UTC(first.getUTCFullYear(), first.getUTCMonth(), first.getUTCDate());
  const inMonth = members(months, 1, 12, MONTHS);
  const inYear = members(years, 1970, 2199);
  const [atMinutes, atHours] = [members(minutes, 0, 59), members(hours, 0, 23)];
  const times = [...atHours]
    .flatMap((hour) => [...atMinutes].map((minute) => hour * 60 + minute))
    .sort((a, b) => a - b);
  return Array.from({ length: days }, (_, index) => index).flatMap((index) => {
    const day = dayOf(new Date(start + index * DAY_MILLISECONDS));
    const isMeant = inYear.has(day.year) && inMonth.has(day.month) && isDate(dates, day) && isWeekday(weekdays, day);
    return isMeant ? times.map((time) => index * 1440 + time) : [];
  });
}

function dayOf(time: Date): Day {
  const [year, month] = [time.getUTCFullYear(), time.getUTCMonth() + 1];
  return {
    ...{ year, month, date: time.getUTCDate(), weekday: time.getUTCDay() + 1 },
    lastDate: new Date(Date.UTC(year, month, 0)).getUTCDate(),
  };
}

function isDate(field: string, { year, month, date, lastDate }: Day): boolean {
  if (field === '?') return true;
  if (field === 'L') return date === lastDate;
  const near = field === 'LW' ? String(lastDate) : /^(\d+)W$/.exec(field)?.[1];
  if (near !== undefined) return date === workingDayNear(Math.min(Number(near), lastDate), year, month, lastDate);
  return members(field, 1, 31).has(date);
}

/** The working day of the same month that is nearest to a date. */
function workingDayNear(date: number, year: number, month: number, lastDate: number): number {
  const weekday = new Date(Date.UTC(year, month - 1, date)).getUTCDay();
  if (weekday === 6) return date === 1 ? 3 : date - 1;
  if (weekday === 0) return date === lastDate ? date - 2 : date + 1;
  return date;
}

function isWeekday(field: string, { date, weekday, lastDate }: Day): boolean {
  if (field === '?') return true;
  if (field === 'L') return weekday === 7;
  const [, last] = /^(\w+?)L$/.exec(field) ?? [];
  if (last !== undefined) return weekday === numberOf(last, WEEKDAYS) && date > lastDate - 7;
  const [, name = '', nth] = /^(\w+)#(\d)$/.exec(field) ?? [];
  if (nth !== undefined) return weekday === numberOf(name, WEEKDAYS) && Math.ceil(date / 7) === Number(nth);
  return members(field, 1, 7, WEEKDAYS).has(weekday);
}

/** The numbers that a field of values, ranges and steps means. A range that ends before it begins goes on from the lowest. */
function members(field: string, low: number, high: number, names: readonly string[] = []): ReadonlySet<number> {
  return new Set(
    field.split(',').flatMap((part) => {
      const [range = '', step] = part.split('/');
      const [from = '', to] = range.split('-');
      const begin = from === '*' ? low : numberOf(from, names);
      const end = to !== undefined ? numberOf(to, names) : from === '*' || step !== undefined ? high : begin;
      const length = begin <= end ? end - begin : high - low + 1 + end - begin;
      const every = Math.max(1, Number(step ?? 1));
      return Array.from(
        { length: Math.floor(length / every) + 1 },
        (_, index) => low + ((begin - low + index * every) % (high - low + 1)),
      );
    }),
  );
}

function numberOf(text: string, names: readonly string[]): number {
  const index = names.indexOf(text);
  return index === -1 ? Number(text) : index + 1;
}
