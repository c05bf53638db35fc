import { existsSync } from 'node:fs';
import path from 'node:path';
import { ConfigurationError, parseConfiguration } from './configuration.ts';
import { ModelLoadError } from './model/session.ts';
import { serve } from './serve.ts';

const usage = 'usage: node main.js serve';

/** The sample model, found from server/dist or server/src alike. */
function sampleModelDirectory(): string {
  return path.resolve(import.meta.dirname, '../model');
}

async function main(): Promise<void> {
  const [command, ...rest] = process.argv.slice(2);
  if (command !== 'serve' || rest.length > 0) throw new ConfigurationError(usage);
  const configuration = parseConfiguration(process.env);
  const modelDirectory = configuration.modelDirectory ?? sampleModelDirectory();
  if (!existsSync(modelDirectory)) throw new ModelLoadError(`MODEL_DIR ${modelDirectory} does not exist`);
  const server = await serve(configuration, modelDirectory, (line) => process.stdout.write(line));
  let isStopping = false;
  const stop = (): void => {
    if (isStopping) return;
    isStopping = true;
    server.drain().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

function fail(error: unknown): never {
  const isExpected = error instanceof ConfigurationError || error instanceof ModelLoadError;
  const text = error instanceof Error ? (isExpected ? error.message : (error.stack ?? error.message)) : String(error);
  process.stderr.write(`${text}\n`);
  process.exit(1);
}

main().catch(fail);
