import { describe, it } from 'vitest';
import { findTool, type Tool } from './find-tool.ts';

/**
 * A `describe` whose tests need tools: where one is missing they are skipped by name, and with `CI=true`, where nothing
 * may be missing, they fail.
 */
export function describeWithTool(tools: Tool | readonly Tool[], name: string, body: () => void): void {
  const missing = [tools].flat().flatMap((tool) => {
    const state = findTool(tool);
    return state.kind === 'missing' ? [`${tool}: ${state.reason}`] : [];
  });
  if (missing.length === 0) {
    describe(name, body);
  } else if (process.env['CI'] === 'true') {
    describe(name, () => {
      it('finds the tools that it needs', () => {
        throw new Error(`with CI=true nothing may be missing, but ${missing.join('; ')}`);
      });
    });
  } else {
    describe.skip(`${name} [skipped: ${missing.join('; ')}]`, body);
  }
}
