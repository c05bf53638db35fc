import type { InstanceSpec } from './launcher.ts';

/** Port that a container serves on when nothing else is said (SageMaker developer guide). */
const CONTAINER_PORT = 8080;

/**
 * Arguments of `docker run` for an instance. With a bridge its port is published on loopback; without one it shares
 * the host's network and is told its port by SAGEMAKER_BIND_TO_PORT.
 */
export function buildRunArguments(
  spec: InstanceSpec,
  image: string,
  containerName: string,
  port: number,
  network: 'bridge' | 'host',
): readonly string[] {
  const environment =
    network === 'bridge'
      ? spec.environment
      : { ...spec.environment, SAGEMAKER_BIND_TO_PORT: String(port), HOST: '127.0.0.1' };
  return [
    'run',
    '--rm',
    '--pull=never',
    '--name',
    containerName,
    ...(network === 'bridge' ? ['--publish', `127.0.0.1:${port}:${CONTAINER_PORT}`] : ['--network', 'host']),
    ...(spec.modelDirectory === undefined ? [] : ['--volume', `${spec.modelDirectory}:/opt/ml/model:ro`]),
    ...Object.entries(environment).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    image,
    'serve',
  ];
}
