import type { Account } from '../account.ts';
import type { Caller } from '../service.ts';
import { headerOf, type WireRequest } from './messages.ts';

/** Who signed a request. Signatures are not verified; principals map access keys to ARNs for the record of calls. */
export function identifyCaller(
  request: Pick<WireRequest, 'headers' | 'query'>,
  account: Account,
  principals: Readonly<Record<string, string>>,
): Caller {
  const credential = credentialScope(request);
  const accessKeyId = credential[0];
  const known = accessKeyId === undefined ? undefined : principals[accessKeyId];
  return { accessKeyId, arn: known ?? `arn:aws:iam::${account.id}:user/local` };
}

/** The service name of a request's SigV4 scope: "sagemaker", "monitoring", "s3"… */
export const signedService = (request: Pick<WireRequest, 'headers' | 'query'>): string | undefined =>
  credentialScope(request)[3];

function credentialScope(request: Pick<WireRequest, 'headers' | 'query'>): string[] {
  const header = /Credential=([^,\s]+)/.exec(headerOf(request, 'authorization') ?? '')?.[1];
  return (header ?? request.query.get('X-Amz-Credential') ?? '').split('/').filter((part) => part !== '');
}
