import { fileURLToPath } from 'node:url';
import type { Command } from './processes.ts';

/** A peer that runs on the same Node as the server. */
export function nodePeer(
  name: 'hono-echo' | 'hono-run' | 'bare-runs',
  environment: Readonly<Record<string, string>> = {},
): Command {
  const script = fileURLToPath(new URL(`peers/${name}.ts`, import.meta.url));
  return { executable: process.execPath, arguments: ['--import', './scripts/typescript.js', script], environment };
}
