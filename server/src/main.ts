import path from 'node:path';
import { needsPrimary, serverProcessVariable } from './cluster/primary-channel.ts';
import { ConfigurationError, parseConfiguration } from './settings/configuration.ts';
import { createLogger } from './telemetry/logging.ts';
import { countProcessors } from './model/processors.ts';
import { modelsOfRepository } from './model/model-folder.ts';
import { ModelLoadError } from './errors/model-load-error.ts';
import { logListening, serve } from './serve.ts';

const usage = 'usage: node main.js serve (settings are environment variables, such as PORT and MODEL_DIR)';

const write = (line: string): void => void process.stdout.write(line);

async function main(): Promise<void> {
  const [command, ...rest] = process.argv.slice(2);
  if (process.argv.includes('--help')) {
    write(`${usage}\n`);
    return;
  }
  if (command !== 'serve' || rest.length > 0) throw new ConfigurationError(usage);
  const configuration = parseConfiguration(process.env);
  const here = import.meta.dirname;
  // onnxruntime's Linux library sends usage data to its maker, and warns if it cannot store a device id on disk. The
  // native code reads this variable from the environment of the main thread only.
  process.env['ORT_DISABLE_TELEMETRY'] ??= '1';
  const processors = configuration.processors === 'auto' ? countProcessors() : configuration.processors;
  const sharesPort = process.env[serverProcessVariable] === '1';
  if (!sharesPort && needsPrimary(configuration, processors)) {
    const { runPrimary } = await import('./cluster/primary.ts');
    const logger = createLogger(write, configuration.logLevel, Date.now);
    const onListening = (port: number): void => logListening(port, configuration, processors, write);
    process.exit(await runPrimary({ configuration, processors, logger, onListening, now: () => performance.now() }));
  }
  const started = serve({
    configuration,
    // server/models is beside both server/dist and server/src.
    modelDirectory: configuration.modelDirectory ?? modelsOfRepository(path.resolve(here, '../models')),
    // The worker's program is beside this file, built or from source.
    workerEntry: path.join(here, `inference-worker${path.extname(import.meta.filename)}`),
    write,
    sharesPort,
  });
  let isStopping = false;
  const stop = (): void => {
    if (isStopping) return;
    isStopping = true;
    const forced = setTimeout(endDuringStart, startGraceMilliseconds);
    started
      .then(async (server) => {
        clearTimeout(forced);
        await server.drain();
      })
      .then(() => process.exit(0), fail);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // The primary has ended.
  if (sharesPort) process.on('disconnect', stop);
  await started;
}

/** A start that is nearly done ends in order. */
const startGraceMilliseconds = 1000;

/**
 * Ends this process while a thread loads or runs a model. process.exit() would wait for the end of the run, and then abort.
 * Process 1 of a container does not end by its own signals: it becomes a program that ends at once. Node 20 cannot do that.
 */
function endDuringStart(): void {
  const execve: unknown = Reflect.get(process, 'execve');
  if (typeof execve === 'function')
    Reflect.apply(execve, process, [process.execPath, [process.execPath, '-e', ''], {}]);
  process.removeAllListeners('SIGTERM');
  process.kill(process.pid, 'SIGTERM');
}

function fail(error: unknown): never {
  process.stderr.write(`${describeFailure(error)}\n`);
  process.exit(1);
}

/** One line for an error that an operator can fix; the stack for any other. */
function describeFailure(error: unknown): string {
  if (error instanceof ConfigurationError || error instanceof ModelLoadError)
    return error.message.replaceAll('\n', ' ');
  if (error instanceof Error && 'code' in error && 'syscall' in error) return `cannot start: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

main().catch(fail);
