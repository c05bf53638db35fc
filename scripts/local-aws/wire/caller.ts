import { globalArnIn, partitionOf, type Place } from '../core/place.ts';
import type { Caller } from '../core/service.ts';
import { headerOf, type WireRequest } from './messages.ts';

/** Whose access keys are known. Signatures are not verified. */
export interface Principals {
  /** Where a caller is whose access key or region is unknown. */
  readonly defaultPlace: Place;
  /** The ARN that an access key id acts as; undefined for an unknown key. */
  arnOf(accessKeyId: string): string | undefined;
  /** Keys of a session, or of a user. */
  readonly add: (accessKeyId: string, arn: string) => void;
  /**
   * A static access key of a user in an account.
   * @throws Error when the account is known in another partition.
   */
  userKeyOf(place: Place): string;
}

/** Those of the places, with further ARNs by access key id. */
export function createPrincipals(
  defaultPlace: Place,
  places: readonly Place[],
  known: Readonly<Record<string, string>>,
): Principals {
  const arns = new Map(Object.entries(known));
  const users = new Map<string, string>();
  const addUser = (place: Place): void => {
    const { accountId, region } = place;
    const arn = userArn(place);
    if ((users.get(accountId) ?? arn) !== arn) {
      throw new Error(
        `account ${accountId} cannot be in region ${region} (partition ${partitionOf(region)}): it is known as ${users.get(accountId) ?? ''}, and an account is in one partition`,
      );
    }
    users.set(accountId, arn);
    arns.set(userKey(accountId), arn);
  };
  for (const place of [defaultPlace, ...places]) addUser(place);
  return {
    defaultPlace,
    arnOf: (accessKeyId) => arns.get(accessKeyId) ?? users.get(accountOfAccessKey(accessKeyId) ?? ''),
    add: (accessKeyId, arn) => {
      arns.set(accessKeyId, arn);
    },
    userKeyOf(place) {
      addUser(place);
      return userKey(place.accountId);
    },
  };
}

const userArn = (place: Place): string => globalArnIn(place, 'iam', 'user/local');

const userKey = (accountId: string): string => `AKIALOCA${accountId}`;

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/**
 * The account that an access key id carries; undefined where it carries none. AWS writes it so, and moto does for the
 * sessions of AssumeRole: 41 bits after the prefix, the highest of them set.
 */
function accountOfAccessKey(accessKeyId: string): string | undefined {
  const digits = /^A[KS]IA(?<digits>[A-Z2-7]{9})/.exec(accessKeyId)?.groups?.['digits'];
  if (digits === undefined) return undefined;
  const bits = Array.from(digits).reduce((sum, digit) => sum * 32 + BASE32.indexOf(digit), 0);
  return String(Math.floor(bits / 16) - 2 ** 40).padStart(12, '0');
}

/** Who signed a request, in which account and region. */
export function identifyCaller(request: Pick<WireRequest, 'headers' | 'query'>, principals: Principals): Caller {
  const [accessKeyId, , region = principals.defaultPlace.region] = credentialScope(request);
  const known = accessKeyId === undefined ? undefined : principals.arnOf(accessKeyId);
  const arn = known ?? userArn(principals.defaultPlace);
  const accountId = arn.split(':')[4] ?? principals.defaultPlace.accountId;
  return { accessKeyId, arn, place: { accountId, region } };
}

/** The service name of a request's SigV4 scope: "sagemaker", "monitoring", "s3"… */
export const signedService = (request: Pick<WireRequest, 'headers' | 'query'>): string | undefined =>
  credentialScope(request)[3];

function credentialScope(request: Pick<WireRequest, 'headers' | 'query'>): string[] {
  const header = /Credential=([^,\s]+)/.exec(headerOf(request, 'authorization') ?? '')?.[1];
  return (header ?? request.query.get('X-Amz-Credential') ?? '').split('/').filter((part) => part !== '');
}
