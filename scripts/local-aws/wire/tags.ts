import { AwsError } from './aws-error.ts';

interface Tag {
  readonly Key: string;
}

/** The error codes of a service for tags that it refuses. */
export interface TagErrorCodes {
  readonly invalid: string;
  readonly tooMany: string;
}

const MAXIMUM_TAGS = 50;

/**
 * The tags of a resource with those that are added; later values win, as in every AWS service.
 * @throws AwsError for a reserved key, a repeated key, or more than 50 tags.
 * @see https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
 */
export function mergeTags<T extends Tag>(
  before: readonly T[],
  added: readonly T[],
  { invalid, tooMany }: TagErrorCodes,
): readonly T[] {
  const keys = added.map(({ Key }) => Key);
  const reserved = keys.find((key) => /^aws:/i.test(key));
  if (reserved !== undefined) throw new AwsError(invalid, `The prefix of the tag key ${reserved} is reserved.`);
  const repeated = keys.find((key, index) => keys.indexOf(key) !== index);
  if (repeated !== undefined) throw new AwsError(invalid, `The tag key ${repeated} is there more than once.`);
  const merged = [...new Map([...before, ...added].map((tag) => [tag.Key, tag])).values()];
  if (merged.length > MAXIMUM_TAGS) throw new AwsError(tooMany, `A resource cannot have over ${MAXIMUM_TAGS} tags.`);
  return merged;
}
