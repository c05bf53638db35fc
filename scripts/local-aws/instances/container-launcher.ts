import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { AllRepositories } from '../ecr/repository.ts';
import type { Place } from '../core/place.ts';
import type { RegistryTokens } from '../ecr/tokens.ts';
import { childInstance } from './child-instance.ts';
import { buildRunArguments } from './container-arguments.ts';
import { hasBridge, runDocker } from './docker-cli.ts';
import { releasePort, reservePort } from './free-port.ts';
import { LaunchError, type InstanceLauncher, type RunningInstance } from './launcher.ts';

/** Starts instances as containers, from images pulled by digest from the local registry. */
export function createContainerLauncher(
  repositories: AllRepositories,
  tokens: RegistryTokens,
  directory: string,
): InstanceLauncher {
  const pulled = new Map<string, Promise<unknown>>();
  const running = new Set<RunningInstance>();
  let network: Promise<'bridge' | 'host'> | undefined;
  const pull = (image: string, place: Place) => {
    const pulling =
      pulled.get(image) ??
      runDocker(['--config', signIn(repositories.host(), tokens, place, directory), 'pull', '-q', image]);
    pulled.set(image, pulling);
    pulling.catch(() => pulled.delete(image));
    return pulling;
  };
  return {
    kind: 'container',
    async launch(spec) {
      const image = `${repositories.host()}/${spec.image.repository}@${spec.image.digest}`;
      const place = repositories.all.get(spec.image.repository)?.place;
      if (place === undefined) throw new LaunchError(`Requested image ${image} not found.`);
      await pull(image, place);
      network ??= hasBridge().then((bridged) => (bridged ? 'bridge' : 'host'));
      const port = await reservePort();
      const containerName = `local-aws-${process.pid}-${spec.instanceId}`;
      mkdirSync(dirname(spec.logPath), { recursive: true });
      const log = openSync(spec.logPath, 'a');
      const child = spawn('docker', buildRunArguments(spec, image, containerName, port, await network), {
        stdio: ['ignore', log, log],
        // A Ctrl-C in the terminal is for the local AWS, which then stops its containers in order.
        detached: true,
      });
      closeSync(log);
      const instance = childInstance(child, port, (signal) => {
        // A container that is not there yet is stopped by its command line.
        runDocker(['kill', '--signal', signal, containerName]).catch(() => child.kill(signal));
      });
      running.add(instance);
      void instance.ended.then(() => {
        running.delete(instance);
        releasePort(port);
      });
      return instance;
    },
    async close() {
      await Promise.all([...running].map((instance) => instance.stop()));
      await Promise.all([...pulled.keys()].map((image) => runDocker(['rmi', image]).catch(() => undefined)));
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A docker configuration folder that holds a fresh token for the local registry. */
function signIn(host: string, tokens: RegistryTokens, place: Place, directory: string): string {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const auths = { [host]: { auth: tokens.issue(place).authorizationToken } };
  writeFileSync(join(directory, 'config.json'), JSON.stringify({ auths }), { mode: 0o600 });
  return directory;
}
