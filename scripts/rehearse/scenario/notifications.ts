import { readSignatureCheck } from '../../testing/webhook-receiver.ts';
import { settingsOf, type ScenarioContext } from './context.ts';
import { isProtected } from './fixture.ts';
import { expectOutcome } from './steps.ts';

/** The jobs that tell people how a deployment or rollback ended; none where the repository names no webhook. */
export function tellingJobs({ fixture }: ScenarioContext): readonly string[] {
  return fixture.receiver === undefined ? [] : ['Tell how it ended'];
}

/** The jobs that tell people that a deployment of an environment waits for them. */
export function askingJobs({ fixture }: ScenarioContext, environment: string): readonly string[] {
  const waits = fixture.receiver !== undefined && isProtected(fixture.content, environment);
  return waits ? ['Tell that it waits'] : [];
}

/** Asserts what people were told since the last time: about an environment, in this order, and by nobody else. */
export async function expectTold(
  context: ScenarioContext,
  environment: string,
  ...sentences: readonly string[]
): Promise<void> {
  const { receiver } = context.fixture;
  if (receiver === undefined) return;
  const isGenuine = await readSignatureCheck();
  const news = receiver.take();
  const head = `${environment} of ${settingsOf(context, environment).service}`;
  const told = news.map(({ text }) => text.split('\n')[0]);
  expectOutcome(
    'what people were told',
    told,
    sentences.map((sentence) => `${head}: ${sentence}`),
  );
  for (const { headers, body } of news) {
    expectOutcome('a message is signed', isGenuine(headers, body, receiver.secret), true);
  }
}

/** As {@link expectTold}, after a deployment that somebody was asked for where the environment is protected. */
export async function expectToldOfDeployment(
  context: ScenarioContext,
  environment: string,
  sentence: string,
): Promise<void> {
  const asked = askingJobs(context, environment).map(() => 'a deployment waits for an approval');
  await expectTold(context, environment, ...asked, sentence);
}
