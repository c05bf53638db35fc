/** What the AWS clients of an action are made with. */
export interface AwsClientSettings {
  readonly region: string;
  readonly retryMode: 'adaptive';
  readonly maxAttempts: number;
}

/**
 * Settings of every AWS client: the region is the environment's; credentials and endpoint come from the process
 * environment, where `AWS_ENDPOINT_URL` redirects all of them.
 */
export function awsClientSettings(region: string): AwsClientSettings {
  // Adaptive retries slow down by themselves while a service throttles:
  // https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
  return { region, retryMode: 'adaptive', maxAttempts: 5 };
}
