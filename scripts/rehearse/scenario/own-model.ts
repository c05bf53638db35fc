import { createHash } from 'node:crypto';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { endpointName } from '../../../actions/lib/domain/environment/names.ts';
import { bodyOf, isSuccessCase } from '../../../actions/lib/domain/smoke/cases.ts';
import { problemOf } from '../../../actions/lib/domain/smoke/check.ts';
import { chainsOf, modelFolder, type Chain } from './content.ts';
import { clientOptions } from './first-release.ts';
import type { ScenarioStep } from './scenario-step.ts';
import { UnexpectedOutcome } from './steps.ts';
import type { ScenarioContext } from './context.ts';

/** The step in which every service answers one of its own smoke cases, with the model that the content has. */
export const OWN_MODEL: ScenarioStep = {
  id: 'own-model',
  title: 'every service answers a smoke case of its own',
  shows:
    'the digest of the model that was built into the image, and a case of smoke.json answered through the endpoint',
  run: async (context) => {
    const lines: string[] = [];
    for (const chain of chainsOf(context.fixture.content)) lines.push(await answerOf(context, chain));
    return { outcome: lines.join('; ') };
  },
};

async function answerOf({ fixture }: ScenarioContext, { service, first }: Chain): Promise<string> {
  const smoke = first.smokeFile.cases.find(isSuccessCase);
  if (smoke === undefined) throw new Error(`the smoke cases of ${first.name} have none that expects an answer`);
  const client = new SageMakerRuntimeClient(clientOptions(fixture.awsEnvironmentOf(first)));
  try {
    const { contentType, accept } = smoke.request;
    const answer = await client.send(
      new InvokeEndpointCommand({
        EndpointName: endpointName(first),
        ContentType: contentType,
        ...(accept === undefined ? {} : { Accept: accept }),
        Body: bodyOf(smoke),
      }),
    );
    const problem = problemOf(
      smoke,
      {
        kind: 'answered',
        status: 200,
        releaseId: undefined,
        body: answer.Body,
        contentType: answer.ContentType,
        latencyMilliseconds: 0,
      },
      { releaseId: null },
    );
    if (problem !== null) throw new UnexpectedOutcome(`${service}: "${smoke.name}": ${problem}`);
  } finally {
    client.destroy();
  }
  const model = await fixture.repository.readBytes(`${modelFolder(service)}/model.onnx`);
  const digest = createHash('sha256').update(model).digest('hex');
  return `${service}: model sha256:${digest} answered "${smoke.name}" as expected`;
}
