/** The one account and region of a local AWS. */
export interface Account {
  readonly id: string;
  readonly region: string;
}

/** ARN of a SageMaker resource; SageMaker puts names into ARNs in lower case. */
export const sagemakerArn = (account: Account, kind: 'endpoint' | 'endpoint-config' | 'model', name: string) =>
  `arn:aws:sagemaker:${account.region}:${account.id}:${kind}/${name.toLowerCase()}`;

export const repositoryArn = (account: Account, name: string) =>
  `arn:aws:ecr:${account.region}:${account.id}:repository/${name}`;
