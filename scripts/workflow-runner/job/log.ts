import { createWriteStream, type WriteStream } from 'node:fs';

/** A message that the runner shows on the run's page. */
export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly message: string;
  readonly file?: string | undefined;
  readonly line?: string | undefined;
}

/** The log of a job: what is secret never gets into it. */
export interface JobLog {
  write(line: string): void;
  mask(secret: string): void;
  /** A text with every secret replaced by three asterisks. */
  redact(text: string): string;
  /** Whether a text holds a secret. */
  holdsSecret(text: string): boolean;
  close(): Promise<void>;
}

/** Opens a log that is kept in a file and handed on line by line. */
export function openJobLog(file: string, onLine: (line: string) => void): JobLog {
  const stream: WriteStream = createWriteStream(file);
  const secrets = new Set<string>();
  const redact = (text: string): string => {
    let redacted = text;
    // The longest first: one secret may be part of another.
    for (const secret of [...secrets].sort((a, b) => b.length - a.length))
      redacted = redacted.replaceAll(secret, '***');
    return redacted;
  };
  return {
    write: (line) => {
      const safe = redact(line);
      stream.write(`${safe}\n`);
      onLine(safe);
    },
    mask: (secret) => {
      // Of a secret of several lines each one counts.
      for (const part of [secret, ...secret.split('\n')]) if (part.trim() !== '') secrets.add(part.trim());
    },
    redact,
    holdsSecret: (text) => [...secrets].some((secret) => text.includes(secret)),
    close: async () => await new Promise((resolve) => stream.end(resolve)),
  };
}
