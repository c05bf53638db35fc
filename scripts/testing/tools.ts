import { describe } from 'vitest';
import { findTool, type Tool } from './find-tool.ts';

/** A `describe` that is skipped by name where a tool is missing; with `CI=true` it always runs, and fails instead. */
export function describeWithTool(tools: Tool | readonly Tool[], name: string, body: () => void): void {
  const missing = [tools].flat().flatMap((tool) => {
    // Looking for some takes a second, in each of many files.
    const state = process.env['CI'] === 'true' ? null : findTool(tool);
    return state?.kind === 'missing' ? [`${tool}: ${state.reason}`] : [];
  });
  if (missing.length === 0) describe(name, body);
  else describe.skip(`${name} [skipped: ${missing.join('; ')}]`, body);
}
