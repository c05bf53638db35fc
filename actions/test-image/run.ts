import { UserError } from '../lib/domain/errors/user-error.ts';
import type { ImageEvidence } from '../lib/domain/image/evidence.ts';
import { modelDigest } from '../lib/domain/release/model-artifact.ts';
import { failureOf } from '../lib/domain/smoke/check.ts';
import {
  planContainerStarts,
  type AskedEnvironment,
  type CaseList,
  type ContainerStart,
} from '../lib/domain/smoke/container-starts.ts';
import type { LocalModel } from '../lib/operations/publish-model.ts';
import type { ImageRepositories } from '../lib/ports/image-repository.ts';
import type { ImageRunner } from '../lib/ports/image-runner.ts';
import type { Reporter } from '../lib/ports/reporter.ts';
import type { TestImageInputs } from './inputs.ts';

/** The ports of the use case. */
export interface TestImagePorts {
  readonly repositories: Pick<ImageRepositories, 'open'>;
  readonly runner: ImageRunner;
  /** The environments of the service, in promotion order. */
  readonly environments: () => Promise<readonly AskedEnvironment[]>;
  /** The golden cases of the model; none where it has no file of them. */
  readonly goldenCases: () => Promise<readonly CaseList[]>;
  readonly readModel: () => Promise<LocalModel>;
  /** Copies the files of a model into a folder of their own, as SageMaker unpacks them from S3; gives the folder. */
  readonly unpackModel: (model: LocalModel) => Promise<string>;
  readonly reporter: Reporter;
}

/** A case that was not answered as expected. */
interface FailedCase {
  readonly file: string;
  readonly name: string;
  readonly found: string;
}

/** What an image answered. */
export interface TestImageResult {
  /** As it would be, were there no failures. */
  readonly evidence: ImageEvidence;
  readonly failures: readonly FailedCase[];
}

/** No release has it; the answers must name it all the same, as a promotion waits for that. */
const RELEASE_ID = '0123456789ab';

/**
 * Starts an image as SageMaker does, and asks it every case of its model and of the environments of its service.
 *
 * @throws UserError when the image does not start, or the model's folder is not the model that was published.
 */
export async function runTestImage(inputs: TestImageInputs, ports: TestImagePorts): Promise<TestImageResult> {
  const environments = await ports.environments();
  const starts = planContainerStarts(await ports.goldenCases(), environments);
  const model = await ports.readModel();
  const digest = modelDigest(model.files);
  const isModelMounted = inputs['model-digest'] !== undefined;
  if (isModelMounted && inputs['model-digest'] !== digest) {
    throw new UserError({
      what: 'The folder of the model does not hold the model that was published',
      where: model.folder,
      expected: inputs['model-digest'],
      found: digest,
      remedy: 'Check out the commit that the image was built from, and name the folder in model-directory.',
    });
  }
  await ports.runner.pull(await ports.repositories.open(inputs.service), inputs.image);
  const modelFolder = isModelMounted ? await ports.unpackModel(model) : undefined;
  const asked = [];
  for (const start of starts) asked.push(await askContainer(inputs.image, modelFolder, start, ports));
  return {
    evidence: {
      image: inputs.image,
      modelDigest: digest,
      isModelMounted,
      environments: environments.map(({ name }) => name),
      cases: asked.reduce((sum, { cases }) => sum + cases, 0),
      startSeconds: Math.max(...asked.map(({ startSeconds }) => startSeconds)),
    },
    failures: asked.flatMap(({ failures }) => failures),
  };
}

async function askContainer(
  image: string,
  modelFolder: string | undefined,
  { environment, startupTimeoutSeconds, lists }: ContainerStart,
  { runner, reporter }: TestImagePorts,
) {
  const questions = lists.flatMap(({ file, cases }) => cases.map((smoke) => ({ file, smoke })));
  const container = { image, environment: { ...environment, RELEASE_ID }, modelFolder, startupTimeoutSeconds };
  const { startSeconds, probes } = await runner.ask(
    container,
    questions.map(({ smoke }) => smoke),
  );
  reporter.info(`started in ${startSeconds.toFixed(1)} s, asked ${questions.length} cases`);
  const failures = questions.flatMap(({ file, smoke }, index): readonly FailedCase[] => {
    const probe = probes[index];
    const found = probe === undefined ? 'no answer' : failureOf(smoke, probe, { releaseId: RELEASE_ID });
    return found === null ? [] : [{ file, name: smoke.name, found }];
  });
  return { startSeconds, cases: questions.length, failures };
}
