import { decimal, flag, header, integer, integerOrAuto, oneOf, text } from './setting-parsers.ts';

/** An environment variable. `parse` throws an Error for a wrong value. */
export interface Setting<T> {
  /** Names in order of precedence: the server's, then SageMaker's. */
  readonly names: readonly [string, ...string[]];
  readonly fallback: T;
  /** The default in the documentation, if it differs from the value. */
  readonly fallbackText?: string;
  readonly expected: string;
  readonly describes: string;
  readonly parse: (text: string) => T;
}

const setting = <T>(definition: Setting<T>): Setting<T> => definition;

/** Every environment variable that the server reads. The table in server/README.md is generated from them. */
export const settings = {
  host: setting({
    names: ['HOST'],
    fallback: '127.0.0.1',
    expected: 'an address to listen on',
    describes: 'Address to listen on; the image sets `0.0.0.0`.',
    parse: header,
  }),
  port: setting({
    names: ['PORT', 'SAGEMAKER_BIND_TO_PORT'],
    fallback: 8080,
    expected: 'an integer from 0 to 65535',
    describes: 'Port to listen on; `0` chooses a free one, which is in the log line `listening`.',
    parse: integer(0, 65_535),
  }),
  modelDirectory: setting<string | undefined>({
    names: ['MODEL_DIR'],
    fallback: undefined,
    fallbackText: 'the models in `server/models`',
    expected: 'a folder',
    describes: 'Folder with `model.onnx`, or with one sub-folder for each model; the image sets `/opt/ml/model`.',
    parse: text,
  }),
  modelName: setting({
    names: ['MODEL_NAME'],
    fallback: 'model',
    expected: 'letters, digits, `.`, `_` and `-`, at most 63',
    describes: 'Name of a single model in `/v2/models/NAME`.',
    parse: (value) => {
      if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(value)) throw new Error('not a name');
      return value;
    },
  }),
  releaseId: setting<string | undefined>({
    names: ['RELEASE_ID'],
    fallback: undefined,
    fallbackText: 'none',
    expected: 'letters, digits, `.`, `_` and `-`, at most 128',
    describes: 'Release that this container runs; sent back as `release-id=…` in the custom attributes.',
    parse: (value) => {
      if (!/^[A-Za-z0-9._-]{1,128}$/.test(value)) throw new Error('not an id');
      return value;
    },
  }),
  logLevel: setting<'debug' | 'info' | 'warn' | 'error'>({
    names: ['LOG_LEVEL'],
    fallback: 'info',
    expected: 'debug, info, warn or error',
    describes: 'Least severe log lines that are written.',
    parse: oneOf('debug', 'info', 'warn', 'error'),
  }),
  logRequests: setting<'all' | 'failed' | 'none'>({
    names: ['LOG_REQUESTS'],
    fallback: 'failed',
    expected: 'all, failed or none',
    describes: 'Requests to log; `failed` are those with status 400 or higher.',
    parse: oneOf('all', 'failed', 'none'),
  }),
  logPayloads: setting({
    names: ['LOG_PAYLOADS'],
    fallback: false,
    expected: 'true or false',
    describes: 'Puts the first 2,048 bytes of request bodies into the request log lines.',
    parse: flag,
  }),
  embeddedMetrics: setting({
    names: ['EMBEDDED_METRICS'],
    fallback: false,
    expected: 'true or false',
    describes: 'Writes a CloudWatch embedded-metrics line for each minute with requests.',
    parse: flag,
  }),
  maxBodyMebibytes: setting({
    names: ['MAX_BODY_MIB', 'SAGEMAKER_MAX_PAYLOAD_IN_MB'],
    fallback: 6,
    expected: 'a number from 0.001 to 1024',
    describes: 'Largest request body in MiB; a larger one gets 413.',
    parse: decimal(0.001, 1024),
  }),
  requestTimeoutSeconds: setting({
    names: ['REQUEST_TIMEOUT_SECONDS', 'SAGEMAKER_MODEL_SERVER_TIMEOUT'],
    fallback: 55,
    expected: 'a number from 0.01 to 3600',
    describes: 'A request that does not run within this time gets 503.',
    parse: decimal(0.01, 3600),
  }),
  drainTimeoutSeconds: setting({
    names: ['DRAIN_TIMEOUT_SECONDS'],
    fallback: 25,
    expected: 'a number from 0 to 600',
    describes: 'Longest wait for requests in flight after SIGTERM.',
    parse: decimal(0, 600),
  }),
  defaultAccept: setting<string | undefined>({
    names: ['DEFAULT_ACCEPT', 'SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT'],
    fallback: undefined,
    fallbackText: "the request's own format",
    expected: 'a media type',
    describes: 'Format of responses to requests that accept any.',
    parse: header,
  }),
  maxBatchRows: setting<number | 'auto'>({
    names: ['MAX_BATCH_ROWS'],
    fallback: 'auto',
    expected: 'auto or an integer from 1 to 65536',
    describes: 'Most rows of several requests in one run; `1` switches batching off.',
    parse: integerOrAuto(1, 65_536),
  }),
  maxBatchDelayMilliseconds: setting({
    names: ['MAX_BATCH_DELAY_MS'],
    fallback: 0,
    expected: 'a number from 0 to 10000',
    describes: 'How long a request may wait for others to fill a batch, although a run could start.',
    parse: decimal(0, 10_000),
  }),
  batching: setting<'auto' | 'on' | 'off'>({
    names: ['BATCHING'],
    fallback: 'auto',
    expected: 'auto, on or off',
    describes: '`auto` batches if warm-up has shown that the outputs agree; `on` skips this test.',
    parse: oneOf('auto', 'on', 'off'),
  }),
  batchTolerance: setting({
    names: ['BATCH_TOLERANCE'],
    fallback: 0.00001,
    fallbackText: '0.00001',
    expected: 'a number from 0 to 1',
    describes:
      'Largest difference between rows run together and alone, relative to 1 or the value; `0` requires equal bits.',
    parse: decimal(0, 1),
  }),
  checkBatches: setting({
    names: ['CHECK_BATCHES'],
    fallback: false,
    expected: 'true or false',
    describes:
      'Runs at most one batch a minute again row by row, while less than 70 % of the processors are busy; rows that disagree switch batching off.',
    parse: flag,
  }),
  maxQueuedRequests: setting({
    names: ['MAX_QUEUED_REQUESTS'],
    fallback: 2048,
    expected: 'an integer from 1 to 1000000',
    describes: 'Requests that may wait for each model; others get 429 with Retry-After.',
    parse: integer(1, 1_000_000),
  }),
  placement: setting<'auto' | 'inline' | 'workers'>({
    names: ['PLACEMENT'],
    fallback: 'auto',
    expected: 'auto, inline or workers',
    describes:
      '`auto` measures the model at warm-up: below INLINE_LIMIT_MS it runs on the event loop, above in worker threads.',
    parse: oneOf('auto', 'inline', 'workers'),
  }),
  inlineLimitMilliseconds: setting({
    names: ['INLINE_LIMIT_MS'],
    fallback: 0.3,
    expected: 'a number from 0 to 1000',
    describes: 'Longest run of one row on the event loop.',
    parse: decimal(0, 1000),
  }),
  workerThreads: setting<number | 'auto'>({
    names: ['WORKER_THREADS'],
    fallback: 'auto',
    expected: 'auto or an integer from 1 to 256',
    describes:
      'Worker threads for each model that needs them; `auto` is one for each processor, or fewer if the weights are large.',
    parse: integerOrAuto(1, 256),
  }),
  threadsPerRun: setting<number | 'auto'>({
    names: ['THREADS_PER_RUN'],
    fallback: 'auto',
    expected: 'auto or an integer from 1 to 256',
    describes:
      'Threads that ONNX Runtime uses inside one run; `auto` is 1, or more if there are fewer worker threads than processors.',
    parse: integerOrAuto(1, 256),
  }),
  processes: setting<number | 'auto'>({
    names: ['PROCESSES', 'SAGEMAKER_MODEL_SERVER_WORKERS'],
    fallback: 1,
    expected: 'auto or an integer from 1 to 256',
    describes:
      'Server processes that share the port; `auto` is one for each processor if the model runs inline, else one.',
    parse: integerOrAuto(1, 256),
  }),
  processors: setting<number | 'auto'>({
    names: ['PROCESSORS'],
    fallback: 'auto',
    expected: 'auto or an integer from 1 to 1024',
    describes: 'Processors to use; `auto` respects affinity and cgroup limits.',
    parse: integerOrAuto(1, 1024),
  }),
  optimizedModelDirectory: setting<string | undefined>({
    names: ['OPTIMIZED_MODEL_DIR'],
    fallback: undefined,
    fallbackText: 'none',
    expected: 'a folder',
    describes: 'Writable folder that keeps the optimised graph of a model between starts.',
    parse: text,
  }),
  multiModel: setting({
    names: ['SAGEMAKER_MULTI_MODEL'],
    fallback: false,
    expected: 'true or false',
    describes: 'Starts without a model and lets SageMaker load and unload models through `/models`.',
    parse: flag,
  }),
  modelMemoryMebibytes: setting<number | 'auto'>({
    names: ['MODEL_MEMORY_MIB'],
    fallback: 'auto',
    expected: 'auto or an integer from 1 to 16777216',
    describes: 'Memory for loaded models; `auto` is 70 % of the memory of the container.',
    parse: integerOrAuto(1, 16_777_216),
  }),
} as const;
