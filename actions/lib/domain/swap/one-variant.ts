import { describeVariants, type EndpointView } from '../endpoint/endpoint.ts';
import { UserError } from '../errors/user-error.ts';

/**
 * Refuses an endpoint whose answers come from more than one production variant, or are copied to a shadow variant: a probe
 * reaches one of them, and says nothing about the others.
 *
 * @throws UserError that names the variants.
 */
export function checkOneVariant({ name, serving, pending }: EndpointView): void {
  const fleet = [serving, ...(pending === null ? [] : [pending])].find(({ otherVariants }) => otherVariants.length > 0);
  if (fleet === undefined) return;
  throw new UserError({
    what: "The endpoint has variants that a smoke test can't judge one by one",
    where: `endpoint ${name}, endpoint config ${fleet.configName}`,
    expected: 'one production variant, and no shadow variant',
    found: describeVariants(fleet),
    remedy: `End the shadow test, or move the endpoint to the config of a release, all at once: aws sagemaker update-endpoint --endpoint-name ${name} --endpoint-config-name ${name}-RELEASE_ID. Then deploy with "accept-serving: RELEASE_ID".`,
  });
}
