import { posix } from 'node:path';
import { z } from 'zod';
import type { Diagnostic } from './summary.ts';
import type { Scrubber } from './redact.ts';

const diagnosticJson = z.looseObject({
  severity: z.enum(['error', 'warning']),
  summary: z.string(),
  detail: z.string().default(''),
  range: z.looseObject({ filename: z.string(), start: z.looseObject({ line: z.int() }) }).optional(),
});

const messageJson = z.looseObject({
  type: z.string(),
  '@message': z.string().default(''),
  diagnostic: diagnosticJson.optional(),
  change: z.looseObject({ resource: z.looseObject({ addr: z.string() }), action: z.string() }).optional(),
  hook: z.looseObject({ resource: z.looseObject({ addr: z.string() }), action: z.string().optional() }).optional(),
  /** In the message of type `outputs`: the values by name, those that are sensitive left out. */
  outputs: z.record(z.string(), z.unknown()).optional(),
});

const validationJson = z.looseObject({ diagnostics: z.array(diagnosticJson).default([]) });

/** A diagnostic as Terraform gives it; its text may quote secrets. */
export type TerraformDiagnostic = z.output<typeof diagnosticJson>;

/** One line of what `terraform … -json` prints, or undefined where it is not a message. */
export type TerraformMessage = z.output<typeof messageJson>;

/** Decodes a line of Terraform's machine-readable UI (https://developer.hashicorp.com/terraform/internals/machine-readable-ui). */
export function parseMessage(line: string): TerraformMessage | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const result = messageJson.safeParse(JSON.parse(line));
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}

/** The diagnostics in the output of `terraform validate -json`. */
export function parseValidation(text: string): readonly TerraformDiagnostic[] {
  try {
    const result = validationJson.safeParse(JSON.parse(text));
    return result.success ? result.data.diagnostics : [];
  } catch {
    return [];
  }
}

/**
 * A diagnostic as it may be shown: secrets masked, its file counted from the root of the repository.
 *
 * @param folder the folder that Terraform ran in, relative to that root, such as `environments/dev`
 */
export function showDiagnostic(diagnostic: TerraformDiagnostic, folder: string, scrubber: Scrubber): Diagnostic {
  const file =
    diagnostic.range === undefined ? undefined : posix.normalize(posix.join(folder, diagnostic.range.filename));
  const inside = file !== undefined && !file.startsWith('../') && !posix.isAbsolute(diagnostic.range?.filename ?? '/');
  return {
    severity: diagnostic.severity,
    summary: scrubber.scrub(diagnostic.summary),
    detail: scrubber.scrub(diagnostic.detail),
    location: inside && diagnostic.range !== undefined ? { file, line: diagnostic.range.start.line } : null,
  };
}
