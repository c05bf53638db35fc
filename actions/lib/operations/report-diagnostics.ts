import { logLines } from '../domain/text/markdown.ts';
import type { Diagnostic } from '../domain/plan/summary.ts';
import type { Reporter } from '../ports/reporter.ts';

// GitHub shows this many annotations of each level a step.
const MOST_ANNOTATIONS = 10;

/** Puts Terraform's diagnostics where they belong: on the file and line. */
export function reportDiagnostics(environment: string, diagnostics: readonly Diagnostic[], reporter: Reporter): void {
  for (const severity of ['error', 'warning'] as const) {
    const found = diagnostics.filter((diagnostic) => diagnostic.severity === severity);
    for (const { summary, detail, location } of found.slice(0, MOST_ANNOTATIONS)) {
      const text = `${environment}: ${logLines(summary)}${detail === '' ? '' : `\n${logLines(detail)}`}`;
      reporter[severity](text, location ?? undefined);
    }
  }
}
