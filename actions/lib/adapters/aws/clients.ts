import type { SageMakerClientConfig } from '@aws-sdk/client-sagemaker';
import { createOidcCredentials } from './oidc-credentials.ts';

/** What the AWS clients of an action are made with; the same for every service. */
export type AwsClientSettings = Pick<
  SageMakerClientConfig,
  'credentials' | 'maxAttempts' | 'requestHandler' | 'retryMode' | 'retryStrategy'
> & { readonly region: string };

/** Whether S3 is behind an address without subdomains, where the bucket is a part of the path. */
export function usesPathStyle(): boolean {
  return (process.env['AWS_ENDPOINT_URL_S3'] ?? process.env['AWS_ENDPOINT_URL']) !== undefined;
}

/**
 * Settings of every AWS client: the region is the environment's; credentials and endpoint come from the process
 * environment, where `AWS_ENDPOINT_URL` redirects all of them, unless a role is named.
 */
export function awsClientSettings(region: string, roleArn?: string): AwsClientSettings {
  return {
    region,
    // Adaptive retries slow down by themselves while a service throttles:
    // https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
    retryMode: 'adaptive',
    maxAttempts: 5,
    ...(roleArn === undefined ? {} : { credentials: createOidcCredentials(roleArn, region) }),
  };
}
