import { z } from 'zod';
import { PROBE_ID_PREFIX } from '../environment/names.ts';
import type { ReviewRow } from '../model-review/row-difference.ts';
import { tryParseJson } from '../json/try-parse.ts';

// https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
const capturedLine = z.looseObject({
  captureData: z.looseObject({
    endpointInput: z.looseObject({
      observedContentType: z.string().nullish(),
      data: z.string(),
      encoding: z.enum(['CSV', 'JSON', 'BASE64']),
    }),
  }),
  eventMetadata: z.looseObject({ inferenceId: z.string().nullish() }),
  eventVersion: z.literal('0'),
});

/** A request that a caller sent. Its bytes are private. */
export interface CapturedRequest {
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** What a file of captured data holds. */
export interface CapturedFile {
  readonly requests: readonly CapturedRequest[];
  /** Questions of the product itself, which are left out. */
  readonly probeCount: number;
  /** Lines that are no captured request, such as those of answers alone. */
  readonly unreadableCount: number;
}

/** The requests in a file of JSON lines, as data capture writes it. Nothing of a line is in any message. */
export function parseCapturedFile(text: string): CapturedFile {
  const requests: CapturedRequest[] = [];
  let [probeCount, unreadableCount] = [0, 0];
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const parsed = capturedLine.safeParse(tryParseJson(line));
    if (!parsed.success) {
      unreadableCount += 1;
      continue;
    }
    const { captureData, eventMetadata } = parsed.data;
    if (eventMetadata.inferenceId?.startsWith(PROBE_ID_PREFIX) === true) {
      probeCount += 1;
      continue;
    }
    const { data, encoding, observedContentType } = captureData.endpointInput;
    requests.push({
      contentType: observedContentType ?? 'application/octet-stream',
      body: Buffer.from(data, encoding === 'BASE64' ? 'base64' : 'utf8'),
    });
  }
  return { requests, probeCount, unreadableCount };
}

/** The requests as rows of a review. A name says nothing of its request, not even its inference id. */
export function rowsOfRequests(requests: readonly CapturedRequest[]): readonly ReviewRow[] {
  return requests.map(({ contentType, body }, index) => ({
    name: `captured ${String(index + 1)}`,
    origin: 'captured',
    contentType,
    // The same form for every row, whatever its caller wanted: capture doesn't tell it.
    accept: 'application/json',
    body,
  }));
}
