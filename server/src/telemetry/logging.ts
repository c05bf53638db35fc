export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Writes one JSON object a line. Fields with the value undefined are left out. */
export type Logger = (level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>) => void;

const severity: Readonly<Record<LogLevel, number>> = { debug: 10, info: 20, warn: 30, error: 40 };

/** A logger that drops lines less severe than `least`; `now` returns epoch milliseconds. */
export function createLogger(write: (line: string) => void, least: LogLevel, now: () => number): Logger {
  return (level, message, fields = {}) => {
    if (severity[level] < severity[least]) return;
    write(`${JSON.stringify({ time: new Date(now()).toISOString(), level, message, ...fields })}\n`);
  };
}
