import { settings, type Setting } from './settings.ts';

/** A configuration value that cannot be used; the message names the variable, the value and what is expected. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

type Settings = typeof settings;

/** All settings with their values. */
export type Configuration = { readonly [K in keyof Settings]: Settings[K] extends Setting<infer T> ? T : never };

function readSetting<T>(definition: Setting<T>, environment: Readonly<Record<string, string | undefined>>): T {
  for (const name of definition.names) {
    const value = environment[name];
    if (value === undefined || value === '') continue;
    try {
      return definition.parse(value.trim());
    } catch (error) {
      throw new ConfigurationError(
        `cannot start: environment variable ${name} is ${JSON.stringify(value)}, expected ${definition.expected}`,
        { cause: error },
      );
    }
  }
  return definition.fallback;
}

/** The configuration that an environment describes. @throws ConfigurationError naming the first wrong variable */
export function parseConfiguration(environment: Readonly<Record<string, string | undefined>>): Configuration {
  return {
    host: readSetting(settings.host, environment),
    port: readSetting(settings.port, environment),
    modelDirectory: readSetting(settings.modelDirectory, environment),
    modelName: readSetting(settings.modelName, environment),
    releaseId: readSetting(settings.releaseId, environment),
    logLevel: readSetting(settings.logLevel, environment),
    logRequests: readSetting(settings.logRequests, environment),
    logPayloads: readSetting(settings.logPayloads, environment),
    embeddedMetrics: readSetting(settings.embeddedMetrics, environment),
    maxBodyMebibytes: readSetting(settings.maxBodyMebibytes, environment),
    requestTimeoutSeconds: readSetting(settings.requestTimeoutSeconds, environment),
    drainTimeoutSeconds: readSetting(settings.drainTimeoutSeconds, environment),
    defaultAccept: readSetting(settings.defaultAccept, environment),
    maxBatchRows: readSetting(settings.maxBatchRows, environment),
    maxBatchDelayMilliseconds: readSetting(settings.maxBatchDelayMilliseconds, environment),
    batching: readSetting(settings.batching, environment),
    batchTolerance: readSetting(settings.batchTolerance, environment),
    checkBatches: readSetting(settings.checkBatches, environment),
    maxQueuedRequests: readSetting(settings.maxQueuedRequests, environment),
    placement: readSetting(settings.placement, environment),
    inlineLimitMilliseconds: readSetting(settings.inlineLimitMilliseconds, environment),
    workerThreads: readSetting(settings.workerThreads, environment),
    threadsPerRun: readSetting(settings.threadsPerRun, environment),
    processes: readSetting(settings.processes, environment),
    processors: readSetting(settings.processors, environment),
    optimizedModelDirectory: readSetting(settings.optimizedModelDirectory, environment),
    multiModel: readSetting(settings.multiModel, environment),
    modelMemoryMebibytes: readSetting(settings.modelMemoryMebibytes, environment),
  };
}
