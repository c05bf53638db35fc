import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeSampleTeam } from '../../scripts/testing/sample-team/write.ts';
import { startAction, type ActionRun } from '../../scripts/testing/start-action.ts';
import { ROOT } from '../../scripts/build.ts';
import {
  readSignatureCheck,
  startWebhookReceiver,
  type WebhookReceiver,
} from '../../scripts/testing/webhook-receiver.ts';
import { NOTIFIED_OUTCOMES, OUTCOME_WORDS } from '../lib/domain/notification/message.ts';

vi.setConfig({ testTimeout: 60_000 });

const isGenuine = await readSignatureCheck();
const [OLD, NEW] = ['0'.repeat(12), '1'.repeat(12)];

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'notify-test-'));
  await writeSampleTeam(root);
});
afterAll(async () => await rm(root, { recursive: true }));

let receiver: WebhookReceiver;
beforeEach(async () => {
  receiver = await startWebhookReceiver();
});
afterEach(async () => await receiver.close());

async function notify(
  inputs: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {},
): Promise<ActionRun> {
  const all = {
    ...{ environment: 'trial', outcome: 'promoted', task: 'deploy', release: NEW, 'serving-release': NEW },
    ...{ url: receiver.url, secret: receiver.secret, attempts: '4', 'timeout-seconds': '10' },
    ...{ 'working-directory': root, ...inputs },
  };
  const ended = await startAction('notify', all, environment).ended;
  // Whatever becomes of a message, and the masks are the only lines that have the address.
  expect(ended.exitCode).toBe(0);
  expect(ended.log).not.toContain('::error');
  expect(ended.log.replaceAll(/^::add-mask::.*$/gm, '')).not.toContain('/services/');
  return ended;
}

it('sends a message as Slack takes it, signed, and says no cause and no reason', async () => {
  const { outputs, log } = await notify({});
  const { received, url, secret } = receiver;
  const [message] = received;
  expect(received).toHaveLength(1);
  expect(outputs).toEqual({ outcome: 'sent', delivery: message?.headers['webhook-id'] });
  expect(log).toContain(`::add-mask::${url}`);
  expect(JSON.parse(message?.body ?? '')).toEqual({
    text: `trial of scoring: promoted\n${NEW} serves\n<https://github.com/acme/models/actions/runs/100|run 100, attempt 1>`,
    blocks: [
      { type: 'section', text: { type: 'mrkdwn', text: `*trial of scoring*: promoted\n${NEW} serves` } },
      {
        type: 'context',
        elements: [{ type: 'mrkdwn', text: '<https://github.com/acme/models/actions/runs/100|run 100, attempt 1>' }],
      },
    ],
  });
  expect(isGenuine(message?.headers ?? {}, message?.body ?? '', secret)).toBe(true);
  expect(isGenuine(message?.headers ?? {}, `${message?.body ?? ''} `, secret)).toBe(false);
  const stale = { ...message?.headers, 'webhook-timestamp': String(Date.now() / 1000 - 301) };
  expect(isGenuine(stale, message?.body ?? '', secret)).toBe(false);
});

it.each([
  { inputs: { outcome: 'waiting', detail: '2 changes, a & b' }, text: 'a deployment waits for an approval' },
  { inputs: { outcome: 'waiting', task: 'rollback' }, text: 'a rollback waits for an approval' },
  { inputs: { outcome: 'rolled-back', 'serving-release': OLD }, text: `rolled back\nrelease ${NEW}, ${OLD} serves` },
  { inputs: { outcome: 'promoted', task: 'rollback' }, text: 'rolled back by hand' },
  { inputs: { outcome: 'stuck' }, text: `blob/${'0'.repeat(40)}/docs/runbook.md#stuck-endpoint` },
  { inputs: { outcome: 'drift', issue: '7', release: '', 'serving-release': '' }, text: 'models/issues/7|issue #7>' },
  { inputs: { environment: 'gone', outcome: 'failed', detail: '<!channel>' }, text: '&lt;!channel&gt;' },
])('says $text', async ({ inputs, text }) => {
  await notify(inputs);
  expect(receiver.received[0]?.text).toContain(text);
});

it('has one id for all tries, a time and a signature for each, and the same id for the same news', async () => {
  receiver.answer({ status: 500 }, { status: 429 }, { status: 204 });
  const { received, secret } = receiver;
  const { outputs } = await notify({});
  expect(outputs['outcome']).toBe('sent');
  expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  expect(new Set(received.map(({ headers }) => headers['webhook-timestamp'])).size).toBeGreaterThan(1);
  for (const { headers, body } of received) expect(isGenuine(headers, body, secret)).toBe(true);
  const again = await notify({});
  expect(again.outputs['delivery']).toBe(outputs['delivery']);
  const others = [
    await notify({ outcome: 'held' }),
    await notify({ environment: 'preview' }),
    await notify({}, { GITHUB_RUN_ATTEMPT: '2' }),
  ].map((one) => one.outputs['delivery']);
  expect(new Set([outputs['delivery'], ...others]).size).toBe(4);
});

describe('a receiver that does not take it', () => {
  it.each([
    { what: 'answers 500', status: 500, tries: 2, reason: 'the receiver answered 500' },
    { what: 'never answers', status: null, tries: 2, reason: 'no answer within 0.3 s' },
    { what: 'refuses it', status: 404, tries: 1, reason: 'the receiver answered 404' },
    { what: 'sends it elsewhere', status: 307, tries: 1, reason: 'the receiver answered 307' },
  ])('and $what is a warning', async ({ status, tries, reason }) => {
    receiver.answer({ status });
    const { outputs, log } = await notify({ attempts: '2', 'timeout-seconds': '0.3' });
    expect(outputs['outcome']).toBe('undelivered');
    expect(receiver.received).toHaveLength(tries);
    expect(log).toMatch(/::warning.*was not delivered/);
    expect(log).toContain(reason);
  });

  it('and is down is a warning', async () => {
    await receiver.close();
    const { outputs, log } = await notify({ attempts: '2' });
    expect(outputs['outcome']).toBe('undelivered');
    expect(log).toContain('no connection: ECONNREFUSED');
  });
});

describe('a setting', () => {
  const KEY = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;

  it('that is absent sends nothing and says nothing', async () => {
    const { outputs, log } = await notify({ url: '', secret: '' });
    expect(outputs).toEqual({ outcome: 'off', delivery: '' });
    expect(log.trim()).toBe('');
  });

  it.each([
    { url: 'http://hooks.example.org/services/T0', secret: KEY, found: 'a URL that begins with http://' },
    { url: 'hooks.example.org/services/T0', secret: KEY, found: 'a text that is no URL' },
    { url: 'https://hooks.example.org/services/T0', secret: '', found: 'nothing' },
    { url: 'https://hooks.example.org/services/T0', secret: 'whsec_c2hvcnQ=', found: 'another text' },
    { url: 'https://hooks.example.org/services/T0', secret: `${KEY}!!`, found: 'another text' },
  ])('that is not usable is a warning: $url, $secret', async ({ url, secret, found }) => {
    const { log } = await notify({ url, secret });
    expect(log).toMatch(/::warning.*is not usable/);
    expect(log).toContain(found);
  });
});

it('links sections of the runbook that are there', async () => {
  const runbook = await readFile(path.join(ROOT, 'docs/runbook.md'), 'utf8');
  const sections = [...runbook.matchAll(/^## (.+)$/gm)].map(([, title = '']) =>
    title.toLowerCase().replaceAll(' ', '-'),
  );
  for (const outcome of NOTIFIED_OUTCOMES) expect([null, ...sections]).toContain(OUTCOME_WORDS[outcome].runbook);
});
