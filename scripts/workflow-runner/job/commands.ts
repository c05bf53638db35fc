/** A workflow command in a line of a step's output, such as `::warning file=a.ts,line=3::Text`. */
export interface WorkflowCommand {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly value: string;
}

/** The command in a line, or undefined: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands */
export function parseCommand(line: string): WorkflowCommand | undefined {
  const match = /^\s*::([\w-]+)(?: ([^:]*(?:(?!::).)*?))?::(.*)$/s.exec(line);
  if (match?.[1] === undefined) return undefined;
  const properties = (match[2] ?? '').split(',').flatMap((pair): [string, string][] => {
    const at = pair.indexOf('=');
    return at < 1 ? [] : [[pair.slice(0, at).trim(), unescapeProperty(pair.slice(at + 1))]];
  });
  return { name: match[1], properties: Object.fromEntries(properties), value: unescapeData(match[3] ?? '') };
}

function unescapeData(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
}

function unescapeProperty(text: string): string {
  return unescapeData(text.replaceAll('%3A', ':').replaceAll('%2C', ','));
}

/**
 * The entries of a file such as GITHUB_OUTPUT: `NAME=VALUE`, or `NAME<<DELIMITER` with the value on the lines up to it.
 *
 * @throws Error for a line that is neither, as the runner fails the step.
 */
export function parseEnvironmentFile(text: string): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  const lines = text.split('\n');
  while (lines.length > 0) {
    const line = lines.shift() ?? '';
    if (line === '') continue;
    const equals = line.indexOf('=');
    const heredoc = line.indexOf('<<');
    if (equals > 0 && (heredoc === -1 || equals < heredoc)) {
      entries.set(line.slice(0, equals), line.slice(equals + 1));
    } else if (heredoc > 0) {
      const delimiter = line.slice(heredoc + 2);
      const end = lines.indexOf(delimiter);
      if (end === -1) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`);
      entries.set(
        line.slice(0, heredoc),
        lines
          .splice(0, end + 1)
          .slice(0, -1)
          .join('\n'),
      );
    } else {
      throw new Error(`Invalid format '${line}'`);
    }
  }
  return entries;
}
