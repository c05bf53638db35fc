import {
  CreateEndpointCommand,
  DescribeEndpointCommand,
  UpdateEndpointCommand,
  type DeploymentConfig,
  type DescribeEndpointOutput,
  type UpdateEndpointCommandInput,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand } from '@aws-sdk/client-sagemaker-runtime';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clients } from './fixtures.ts';

/** What a test does with one endpoint. */
export function driveEndpoint({ sagemaker, runtime }: Clients, EndpointName: string) {
  const describe = () => sagemaker.send(new DescribeEndpointCommand({ EndpointName }));
  return {
    describe,
    create: (EndpointConfigName: string) =>
      sagemaker.send(new CreateEndpointCommand({ EndpointName, EndpointConfigName })),
    update: (
      EndpointConfigName: string,
      DeploymentConfig?: DeploymentConfig,
      further: Partial<UpdateEndpointCommandInput> = {},
    ) => sagemaker.send(new UpdateEndpointCommand({ EndpointName, EndpointConfigName, DeploymentConfig, ...further })),
    async invoke(body: string) {
      const command = new InvokeEndpointCommand({ EndpointName, Body: body, ContentType: 'text/plain' });
      const answer = await runtime.send(command);
      return {
        text: new TextDecoder().decode(answer.Body),
        release: answer.CustomAttributes?.replace('release-id=', ''),
      };
    },
    /** Polls until the description fits; `onPoll` runs before each look. @throws Error after 30 s. */
    async until(
      fits: (state: DescribeEndpointOutput) => boolean,
      onPoll: () => Promise<unknown> = () => delay(20),
    ): Promise<DescribeEndpointOutput> {
      const deadline = Date.now() + 30_000;
      for (;;) {
        await onPoll();
        const state = await describe();
        if (fits(state)) return state;
        if (Date.now() > deadline) throw new Error(`endpoint ${EndpointName} is still ${JSON.stringify(state)}`);
      }
    },
  };
}

export const isSettled = ({ EndpointStatus }: DescribeEndpointOutput): boolean =>
  EndpointStatus === 'InService' || EndpointStatus === 'Failed' || EndpointStatus === 'UpdateRollbackFailed';

/** Status text of the pending variant, or an empty string. */
export const stageOf = ({ PendingDeploymentSummary }: DescribeEndpointOutput): string =>
  PendingDeploymentSummary?.ProductionVariants?.[0]?.VariantStatus?.[0]?.StatusMessage ?? '';
