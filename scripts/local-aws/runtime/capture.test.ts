import { CreateEndpointConfigCommand, UpdateEndpointCommand, type DataCaptureConfig } from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, type InvokeEndpointCommandInput } from '@aws-sdk/client-sagemaker-runtime';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { setUpVirtual } from '../testing/virtual-endpoint.ts';

const Bucket = 'captured';
const HOUR_SECONDS = 3600;
/** Both directions of all requests. */
const ALL: DataCaptureConfig = {
  InitialSamplingPercentage: 100,
  DestinationS3Uri: `s3://${Bucket}/team/a`,
  CaptureOptions: [{ CaptureMode: 'Input' }, { CaptureMode: 'Output' }],
};

/** An endpoint that answers 418 to "refuse", else the request's body, and captures as the config says. */
async function setUp(capture: DataCaptureConfig) {
  const answer = ({ body, headers }: { body: Buffer; headers: Readonly<Record<string, string>> }) => ({
    status: body.toString() === 'refuse' ? 418 : 200,
    headers: { 'content-type': `${headers['content-type'] ?? 'text/plain'}; charset=utf-8` },
    body,
  });
  const local = await setUpVirtual({ green: { answer } });
  const { aws, clients, clock } = local;
  const s3 = new S3Client({
    ...{ region: aws.region, endpoint: aws.url, forcePathStyle: true, requestHandler: aws.requestHandler },
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'test' },
  });
  await s3.send(
    new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: aws.region as never } }),
  );
  const variant = { VariantName: 'primary', ModelName: 'green', InstanceType: 'ml.m5.large' as const };
  await clients.sagemaker.send(
    new CreateEndpointConfigCommand({
      EndpointConfigName: 'capturing',
      ProductionVariants: [{ ...variant, InitialInstanceCount: 1 }],
      DataCaptureConfig: capture,
    }),
  );
  await clients.sagemaker.send(new UpdateEndpointCommand({ EndpointName: 'echo', EndpointConfigName: 'capturing' }));
  await clock.advance(20_000);
  expect((await local.describeEndpoint()).EndpointConfigName).toBe('capturing');
  return {
    ...local,
    invoke: async (Body: string, more: Partial<InvokeEndpointCommandInput> = {}) =>
      await clients.runtime.send(
        new InvokeEndpointCommand({ EndpointName: 'echo', ContentType: 'text/csv', Body, ...more }),
      ),
    /** The files by key, each with its lines, once all are written. */
    files: async (): Promise<Readonly<Record<string, readonly unknown[]>>> => {
      await clock.advance(60_000);
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
      const entries = Contents.map(async ({ Key = '' }) => {
        const text = (await (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString()) ?? '';
        return [
          Key,
          text
            .trimEnd()
            .split('\n')
            .map((line) => JSON.parse(line) as unknown),
        ] as const;
      });
      return Object.fromEntries(await Promise.all(entries));
    },
  };
}

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

describe('data capture', () => {
  it('writes requests and answers as JSON lines, by endpoint, variant and hour of the request', async () => {
    const local = await setUp(ALL);
    await local.invoke('1,2', { InferenceId: 'order-7' });
    await local.invoke('3,4');
    await local.clock.advance(HOUR_SECONDS * 1000);
    await local.invoke('5,6');
    const files = await local.files();
    expect(Object.keys(files)).toEqual([
      expect.stringMatching(`^team/a/echo/primary/2026/01/31/12/\\d\\d-\\d\\d-\\d{3}-${UUID}\\.jsonl$`),
      expect.stringMatching(`^team/a/echo/primary/2026/01/31/13/\\d\\d-\\d\\d-\\d{3}-${UUID}\\.jsonl$`),
    ]);
    const [first = [], second = []] = Object.values(files);
    expect([first.length, second.length]).toEqual([2, 1]);
    const record = {
      captureData: {
        endpointInput: { observedContentType: 'text/csv', mode: 'INPUT', data: 'MSwy', encoding: 'BASE64' },
        endpointOutput: {
          ...{ observedContentType: 'text/csv; charset=utf-8', mode: 'OUTPUT', data: 'MSwy', encoding: 'BASE64' },
        },
      },
      eventMetadata: {
        eventId: expect.stringMatching(`^${UUID}$`) as string,
        inferenceId: 'order-7',
        inferenceTime: expect.stringMatching(/^2026-01-31T12:\d\d:\d\dZ$/) as string,
      },
      eventVersion: '0',
    };
    expect(first[0]).toEqual(record);
    // Only an id that the caller gave is there.
    expect(first[1]).not.toHaveProperty('eventMetadata.inferenceId');
  });

  it('keeps the text of the media types that CaptureContentTypeHeader names', async () => {
    const local = await setUp({
      ...ALL,
      CaptureContentTypeHeader: { CsvContentTypes: ['text/csv'], JsonContentTypes: ['application/json'] },
    });
    await local.invoke('1,2');
    await local.invoke('{"a":"ü"}', { ContentType: 'Application/JSON' });
    await local.invoke('hello', { ContentType: 'text/plain' });
    const [lines] = Object.values(await local.files());
    expect(lines).toMatchObject([
      { captureData: { endpointInput: { data: '1,2', encoding: 'CSV' }, endpointOutput: { encoding: 'CSV' } } },
      { captureData: { endpointInput: { data: '{"a":"ü"}', encoding: 'JSON' }, endpointOutput: { encoding: 'JSON' } } },
      { captureData: { endpointInput: { data: 'aGVsbG8=', encoding: 'BASE64' } } },
    ]);
  });

  it.each([
    ['Input', ['endpointInput']],
    ['Output', ['endpointOutput']],
    ['InputAndOutput', ['endpointInput', 'endpointOutput']],
  ] as const)('captures with the option %s', async (CaptureMode, kept) => {
    const local = await setUp({ ...ALL, CaptureOptions: [{ CaptureMode }] });
    await local.invoke('1,2');
    const [lines] = Object.values(await local.files());
    const [line] = (lines ?? []) as { captureData: object }[];
    expect(Object.keys(line?.captureData ?? {})).toEqual(kept);
  });

  it('captures about as many requests as InitialSamplingPercentage says', async () => {
    const local = await setUp({ ...ALL, InitialSamplingPercentage: 20 });
    for (let request = 0; request < 400; request += 1) await local.invoke(String(request));
    const [lines] = Object.values(await local.files());
    // 80, with a standard deviation of 8.
    expect(lines?.length).toBeGreaterThan(40);
    expect(lines?.length).toBeLessThan(120);
  });

  it.each<[string, Partial<DataCaptureConfig>, string]>([
    ['capture is turned off', { EnableCapture: false }, '1,2'],
    ['0 percent are captured', { InitialSamplingPercentage: 0 }, '1,2'],
    ['the container refuses the request', {}, 'refuse'],
  ])('captures nothing where %s', async (_, change, body) => {
    const local = await setUp({ ...ALL, ...change });
    await local.invoke(body).catch(() => undefined);
    expect(await local.files()).toEqual({});
  });

  it('answers callers where the bucket is missing', async () => {
    const local = await setUp({ ...ALL, DestinationS3Uri: 's3://nowhere/' });
    expect((await local.invoke('1,2')).InvokedProductionVariant).toBe('primary');
    expect(await local.files()).toEqual({});
  });

  it('is shown as started unless it is turned off, as EnableCapture is true by default', async () => {
    const status = async (change: Partial<DataCaptureConfig>) =>
      (await (await setUp({ ...ALL, ...change })).describeEndpoint()).DataCaptureConfig?.CaptureStatus;
    expect([await status({}), await status({ EnableCapture: false })]).toEqual(['Started', 'Stopped']);
  });
});
