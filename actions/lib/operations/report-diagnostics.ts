import { logLines } from '../domain/text/markdown.ts';
import { firstLines, shorten } from '../domain/text/shorten.ts';
import type { Diagnostic } from '../domain/plan/summary.ts';
import type { Reporter } from '../ports/reporter.ts';

// GitHub shows this many annotations of each level a step.
const MOST_ANNOTATIONS = 10;
// GitHub takes 64 KB as the message of an annotation: https://docs.github.com/rest/checks/runs#create-a-check-run
const MOST_LINES = 40;
const LONGEST_LINE_CHARACTERS = 300;

/** Puts Terraform's diagnostics where they belong: on the file and line. */
export function reportDiagnostics(environment: string, diagnostics: readonly Diagnostic[], reporter: Reporter): void {
  for (const severity of ['error', 'warning'] as const) {
    const found = diagnostics.filter((diagnostic) => diagnostic.severity === severity);
    for (const { summary, detail, location } of found.slice(0, MOST_ANNOTATIONS)) {
      const lines = [
        shorten(summary, LONGEST_LINE_CHARACTERS),
        ...(detail === '' ? [] : firstLines(detail, MOST_LINES, LONGEST_LINE_CHARACTERS)),
      ];
      const text = `${environment}: ${logLines(lines.join('\n'))}`;
      reporter[severity](text, location ?? undefined);
    }
  }
}
