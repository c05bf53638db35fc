import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { AllRepositories } from '../ecr/repository.ts';
import type { BlobStore } from '../registry/blob-store.ts';
import { childInstance } from './child-instance.ts';
import { releasePort, reservePort } from './free-port.ts';
import { createOrphanGuard } from './orphan-guard.ts';
import { readImage } from './image-source.ts';
import type { InstanceLauncher, RunningInstance } from './launcher.ts';
import { buildProcessCommand } from './process-command.ts';
import { startAside } from './start-aside.ts';
import { unpackLayers } from './unpack-layers.ts';

/** Model data is mounted here (SageMaker developer guide, "How SageMaker loads your model artifacts"). */
const MODEL_PATH = '/opt/ml/model';

/** Starts instances as processes from unpacked images. Each image is unpacked once; its instances share the files. */
export function createProcessLauncher(
  repositories: AllRepositories,
  blobs: BlobStore,
  directory: string,
): InstanceLauncher {
  const roots = new Map<string, Promise<string>>();
  const running = new Set<RunningInstance>();
  const unpack = (digest: string, layerPaths: readonly string[]) => {
    const root = join(directory, digest.replace(':', '-'));
    const unpacking = roots.get(digest) ?? unpackLayers(layerPaths, root).then(() => root);
    roots.set(digest, unpacking);
    // An image that could not be unpacked is tried again by the next launch.
    unpacking.catch(() => roots.delete(digest));
    return unpacking;
  };
  const children = new Set<ChildProcess>();
  const guard = createOrphanGuard();
  // Nothing may outlive this process, however it ends.
  const killAll = () => {
    for (const child of children) child.kill('SIGKILL');
  };
  process.once('exit', killAll);
  return {
    kind: 'process',
    async launch(spec) {
      const { config, layerPaths } = await readImage(repositories, blobs, spec.image);
      const root = await unpack(spec.image.digest, layerPaths);
      const port = await reservePort();
      const model = spec.modelDirectory === undefined ? [] : [[MODEL_PATH, spec.modelDirectory] as const];
      const command = buildProcessCommand(config, spec.environment, [...model, ['/', root]], port);
      mkdirSync(dirname(spec.logPath), { recursive: true });
      const log = openSync(spec.logPath, 'a');
      const child = spawn(command.file, command.arguments, {
        cwd: command.workingDirectory,
        env: command.environment,
        stdio: ['ignore', log, log],
        // A Ctrl-C in the terminal is for the local AWS, which then stops its instances in order.
        detached: true,
      });
      closeSync(log);
      children.add(child);
      const { pid } = child;
      if (pid !== undefined) guard.watch(pid);
      const instance = startAside(
        childInstance(child, port, (signal) => child.kill(signal)),
        pid,
      );
      running.add(instance);
      void instance.ended.then(() => {
        running.delete(instance);
        children.delete(child);
        if (pid !== undefined) guard.release(pid);
        releasePort(port);
      });
      return instance;
    },
    async close() {
      await Promise.all([...running].map((instance) => instance.stop()));
      guard.close();
      process.off('exit', killAll);
      await rm(directory, { recursive: true, force: true });
    },
  };
}
