import known from '../../../../terraform/modules/inference-endpoint/aws/instance-types.json' with { type: 'json' };

/** The form of a hosting type: `ml.`, a family such as `m5`, `g6e` or `p6-b200`, and a size. */
export const INSTANCE_TYPE =
  /^ml\.[a-z]{1,4}[0-9]{1,2}[a-z]*(?:-[a-z]+[0-9]+)?\.(?:nano|micro|small|medium|large|[0-9]{0,3}xlarge)$/;

/** Where and when the list of hosting types was read. */
export const INSTANCE_TYPES_AS_OF = `${known.source}, ${known.date}`;
const TYPES: ReadonlySet<string> = new Set(known.types);

/** Whether a type is among the listed ones. AWS adds types between two versions of the list, so an unknown one may exist. */
export function isListedInstanceType(type: string): boolean {
  return TYPES.has(type);
}

const REFUSED_BY_PROVIDER: ReadonlySet<string> = new Set(known.notInProvider);

/**
 * Whether a version of the AWS provider refuses a listed type before SageMaker is asked. Of the newer versions nothing is
 * known: they take the types that their own SDK has.
 */
export function isRefusedByProvider(type: string, providerVersion: string): boolean {
  return providerVersion === known.provider && REFUSED_BY_PROVIDER.has(type);
}

/**
 * Whether the processors of a type are Arm's: Graviton (a g after the generation) and Grace (gb200).
 *
 * @see https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
 */
export function isArmInstanceType(type: string): boolean {
  return /^ml\.(?:a1|[a-z]+[0-9]+g[a-z]*|[a-z0-9]+-gb[0-9]+)\./.test(type);
}

/**
 * Whether SageMaker shifts no traffic step by step to a type: its updates fall back to all at once, without a bake.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-exclusions.html
 */
export function isWithoutGuardrails(type: string): boolean {
  return type.startsWith('ml.inf1.');
}
