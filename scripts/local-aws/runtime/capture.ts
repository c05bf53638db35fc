import { randomUUID } from 'node:crypto';
import type { CaptureOption, DataCaptureConfig } from '../api-models/sagemaker.types.ts';
import type { Clock } from '../core/clock.ts';
import type { S3Writer } from '../model-data/s3.ts';
import type { CapturedInvocation, CaptureInvocation } from '../sagemaker/dependencies.ts';

/** What captures are made with. */
export interface CaptureDependencies {
  readonly clock: Clock;
  readonly s3: S3Writer;
  readonly random: () => number;
  readonly log: (line: string) => void;
}

/** Emulated time for which requests are gathered before their file is written; SageMaker publishes none. */
const GATHERING_MILLISECONDS = 60_000;

/**
 * Captures requests into files of JSON lines, one for each variant and hour of the request:
 * `PREFIX/ENDPOINT/VARIANT/yyyy/mm/dd/hh/mm-ss-SSS-UUID.jsonl`.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
 */
export function createDataCapture({ clock, s3, random, log }: CaptureDependencies): CaptureInvocation {
  /** Lines of files that are not written yet, by their folder. */
  const gathered = new Map<string, string[]>();
  const write = async (folder: string): Promise<void> => {
    const lines = gathered.get(folder) ?? [];
    gathered.delete(folder);
    const [bucket = '', ...path] = folder.split('/');
    const time = clock.now().toISOString();
    const file = `${time.slice(14, 19).replace(':', '-')}-${time.slice(20, 23)}-${randomUUID()}.jsonl`;
    await s3.writeObject(bucket, [...path, file].join('/'), Buffer.from(`${lines.join('\n')}\n`));
  };
  return (config, invocation) => {
    const { endpoint, variantName, arrivedAt } = invocation;
    const destination = /^s3:\/\/(.+?)\/*$/.exec(config?.DestinationS3Uri ?? '')?.[1];
    // CreateEndpointConfig API reference, EnableCapture: "defaults to enabled".
    if (config === undefined || config.EnableCapture === false || destination === undefined) return;
    if (random() * 100 >= config.InitialSamplingPercentage) return;
    const hour = arrivedAt.toISOString().slice(0, 13).replace(/[-T]/g, '/');
    const folder = [destination, endpoint.name, variantName, hour].join('/');
    const lines = gathered.get(folder);
    const line = JSON.stringify(captureRecord(config, invocation));
    if (lines !== undefined) {
      lines.push(line);
      return;
    }
    gathered.set(folder, [line]);
    clock
      // A deleted endpoint gathers nothing more.
      .waitEmulated(GATHERING_MILLISECONDS, endpoint.lifetime.signal)
      .catch(() => undefined)
      .then(async () => await write(folder))
      .catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        log(`endpoint ${endpoint.name}: captured data is lost: ${reason}`);
      });
  };
}

type Mode = 'Input' | 'Output';

function captureRecord(config: DataCaptureConfig, { arrivedAt, input, response }: CapturedInvocation): unknown {
  const capture = (mode: Mode, contentType: string | undefined, body: Uint8Array): unknown => {
    if (!config.CaptureOptions.some(({ CaptureMode }) => covers(CaptureMode, mode))) return undefined;
    const encoding = encodingOf(config, contentType);
    return {
      observedContentType: contentType,
      mode: mode.toUpperCase(),
      data: Buffer.from(body).toString(encoding === 'BASE64' ? 'base64' : 'utf8'),
      encoding,
    };
  };
  return {
    captureData: {
      endpointInput: capture('Input', input.ContentType, input.Body),
      endpointOutput: capture('Output', response.headers['content-type'], response.body),
    },
    eventMetadata: {
      eventId: randomUUID(),
      inferenceId: input.InferenceId,
      inferenceTime: `${arrivedAt.toISOString().slice(0, 19)}Z`,
    },
    eventVersion: '0',
  };
}

const covers = (option: CaptureOption['CaptureMode'], mode: Mode): boolean =>
  option === mode || option === 'InputAndOutput';

/** Bytes are base64 unless CaptureContentTypeHeader names their media type as JSON or CSV; its parameters don't matter. */
function encodingOf(
  { CaptureContentTypeHeader: header }: DataCaptureConfig,
  contentType: string | undefined,
): 'CSV' | 'JSON' | 'BASE64' {
  const mediaType = contentType?.split(';')[0]?.trim().toLowerCase();
  const names = (types: readonly string[] | undefined): boolean =>
    types?.some((type) => type.toLowerCase() === mediaType) ?? false;
  if (names(header?.CsvContentTypes)) return 'CSV';
  return names(header?.JsonContentTypes) ? 'JSON' : 'BASE64';
}
