import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../../build.ts';
import { findTool } from '../../testing/find-tool.ts';

/** The tools of this machine that the rehearsal uses. */
export interface Tooling {
  /** `ready` where Terraform, its AWS provider and moto are at setup: the environments are then applied for real. */
  readonly terraform: 'ready' | 'missing';
  /** Whether a container engine builds images and runs instances; without one a stand-in builds, and instances are processes. */
  readonly containers: 'ready' | 'missing';
  /** What a service's build.json has to say for a build on this machine. */
  readonly build: { readonly arguments?: Readonly<Record<string, string>>; readonly network?: string };
  /** One line for each thing that is not used, with the reason. */
  readonly remarks: readonly string[];
}

/** The rehearsal on Node alone, whatever else the machine has. */
export const ONLY_NODE: Tooling = {
  terraform: 'missing',
  containers: 'missing',
  build: {},
  remarks: ['Only Node: stand-ins for docker and Terraform, instances as processes.'],
};

/** Finds the optional tools that replace stand-ins. */
export function findTooling(): Tooling {
  const reasons = (['terraform', 'moto'] as const).flatMap((tool) => {
    const state = findTool(tool);
    return state.kind === 'missing' ? [state.reason] : [];
  });
  const containers = findContainers();
  const remarks = [
    reasons.length === 0
      ? []
      : [`Terraform is not run (${reasons.join('; ')}): a stand-in makes models, configs and alarms through the API.`],
    containers.reason === undefined
      ? []
      : [`No containers (${containers.reason}): a stand-in for docker builds images, instances are processes.`],
  ].flat();
  return {
    terraform: reasons.length === 0 ? 'ready' : 'missing',
    containers: containers.reason === undefined ? 'ready' : 'missing',
    build: {
      ...(containers.base === undefined ? {} : { arguments: { BASE: containers.base } }),
      ...(containers.reason === undefined && !hasBridge() ? { network: 'host' } : {}),
    },
    remarks,
  };
}

interface Containers {
  /** Why there are none; undefined where the image can be built and run. */
  readonly reason?: string;
  /** The base image in place of the one that is pinned. */
  readonly base?: string | undefined;
}

/** SERVER_BASE_IMAGE names a base image for machines that can reach no image registry. */
function findContainers(): Containers {
  const engine = findTool('docker');
  if (engine.kind === 'missing') return { reason: engine.reason };
  const substitute = process.env['SERVER_BASE_IMAGE'];
  const base = substitute ?? baseOfDockerfile();
  if (!isImageAvailable(base)) return { reason: `the base image ${base} can't be pulled` };
  return { base: substitute };
}

function baseOfDockerfile(): string {
  const dockerfile = readFileSync(path.join(ROOT, 'server/Dockerfile'), 'utf8');
  const base = /^ARG BASE=(\S+)$/m.exec(dockerfile)?.[1];
  if (base === undefined) throw new Error('server/Dockerfile has no line ARG BASE=IMAGE');
  return base;
}

const docker = (...argv: string[]): boolean =>
  spawnSync('docker', argv, { stdio: 'ignore', timeout: 120_000 }).status === 0;

const isImageAvailable = (image: string): boolean =>
  docker('image', 'inspect', image) || docker('pull', '--quiet', image);

// An engine that was started without one (dockerd --bridge=none) leads a build's steps nowhere.
const hasBridge = (): boolean => docker('network', 'inspect', 'bridge');
