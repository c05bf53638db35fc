import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';

/** Arguments with which a working command ends with exit code 0. */
const PROBES = {
  aws: ['--version'],
  buildah: ['--version'],
  docker: ['info'],
  moto_server: ['--help'],
  skopeo: ['--version'],
  // The AWS provider is needed too, from a registry, a mirror or a cache.
  terraform: ['init', '-backend=false', '-input=false'],
} as const;

type Command = keyof typeof PROBES;

/** A `describe` that is skipped when a command is missing; with `CI=true` it always runs, and fails instead. */
export function describeWithCommand(commands: Command | readonly Command[], name: string, body: () => void): void {
  const missing = process.env['CI'] === 'true' ? [] : [commands].flat().filter((command) => !isReady(command));
  if (missing.length === 0) describe(name, body);
  else describe.skip(`${name} [skipped: ${missing.join(', ')} not found]`, body);
}

function isReady(command: Command): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'local-aws-probe-'));
  try {
    const provider = 'terraform {\n  required_providers {\n    aws = { source = "hashicorp/aws" }\n  }\n}\n';
    writeFileSync(join(folder, 'main.tf'), provider);
    return spawnSync(command, PROBES[command], { cwd: folder, stdio: 'ignore', timeout: 60_000 }).status === 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
