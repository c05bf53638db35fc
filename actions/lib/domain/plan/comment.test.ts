import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { releaseFileOf, releaseSpec } from '../../testing/plan-repository.ts';
import { VALID_ENVIRONMENT } from '../../testing/valid-environment.ts';
import { COMMENT_LIMIT, SUMMARY_LIMIT } from '../text/size-budget.ts';
import { renderPlanComment, unacceptedWarnings, type CommentContent } from './comment.ts';
import { parsePlanJson } from './plan-json.ts';
import { isMarked } from './comment-marker.ts';
import { meaningOf, unshownChanges } from './meaning.ts';
import { showDiagnostic } from './diagnostics.ts';
import { planVisibility, summarisePlan } from './summarise.ts';
import { parsePlanSummary, renderPlanSummaryFile, type PlanSummary, type ResourceSummary } from './summary.ts';
import { renderPlanText } from './text.ts';
import { renderUnshown } from './unshown-changes.ts';
import { parseAcceptanceLines, type Acceptances } from './policy-acceptance.ts';
import { STANDING_WARNINGS } from './words.ts';
import { parseReleaseFile } from '../release/release.ts';

const links = { repositoryUrl: 'https://github.example/acme/models' };
const headSha = 'a'.repeat(40);
const environment = { ...VALID_ENVIRONMENT, visibleEnvironmentKeys: ['LOG_LEVEL'], name: 'dev' };
const release = parseReleaseFile({ path: 'release.json', text: JSON.stringify(releaseFileOf(releaseSpec('a'))) });

const resource = (address: string, more: Partial<ResourceSummary> = {}): ResourceSummary => ({
  address,
  type: 'terraform_data',
  mode: 'managed',
  action: 'create',
  previousAddress: null,
  importId: null,
  deposed: false,
  attributes: [
    { path: 'input', before: { kind: 'absent' }, after: { kind: 'value', text: '"x"' }, forcesReplacement: false },
  ],
  ...more,
});

function planned(environmentName: string, resources: ResourceSummary[], more: object = {}): PlanSummary {
  const count = (action: string): number => resources.filter((one) => one.action === action).length;
  const counts = {
    create: count('create'),
    update: count('update'),
    replace: count('replace'),
    delete: count('delete'),
  };
  return {
    format: 1,
    environment: environmentName,
    promotionOrder: 1,
    headSha,
    baseSha: null,
    run: { id: 7, attempt: 1 },
    terraformVersion: '1.11.4',
    result: {
      kind: 'planned',
      release: { kind: 'none' },
      serving: null,
      counts: { ...counts, import: 0, move: 0, forget: 0, read: 0 },
      resources,
      drift: [],
      outputs: [],
      statements: [],
      warnings: [],
      diagnostics: [],
      ...more,
    },
  };
}

function content(summaries: readonly PlanSummary[], more: Partial<CommentContent> = {}): CommentContent {
  return {
    origin: {
      headSha,
      baseSha: 'b'.repeat(40),
      runId: 7,
      runAttempt: 1,
    },
    summaries,
    missing: [],
    notConfigured: [],
    reviews: [],
    missingReviews: [],
    acceptances: { kind: 'open' },
    links,
    ...more,
  };
}

describe('renderPlanComment', () => {
  it('says it in one line where nothing changes', () => {
    const text = renderPlanComment(content([planned('dev', []), planned('staging', [])]));
    expect(text).toContain('## Plan: no changes');
    expect(text).toContain('No changes in `dev`, `staging`.');
    expect(text).not.toContain('###');
  });

  it('puts what is lost first, and loud', () => {
    const gone = resource('aws_s3_bucket.gone', { action: 'delete', type: 'aws_s3_bucket' });
    const text = renderPlanComment(content([planned('dev', [resource('terraform_data.a'), gone])]));
    expect(text).toMatch(/> \[!CAUTION\]\n> Resources are destroyed or replaced:\n> - `dev` \*\*destroys 1\*\*\n\n/);
    expect(text.indexOf('[!CAUTION]')).toBeLessThan(text.indexOf('###'));
    expect(text).toContain('- **Destroyed** `aws_s3_bucket.gone`');
  });

  it('shows what the instances cost before and after, in the comment and in the whole plan as text', () => {
    const side = { instanceType: 'ml.m5.large', region: 'eu-west-1', swap: 1, uncomputed: [], price: 0.128 };
    const cost = {
      ...{ before: { ...side, least: 1460, most: 1460 }, after: { ...side, least: 1460, most: 4380 } },
      prices: { kind: 'known', currency: 'USD', date: '2026-01-01' },
    };
    const summary = planned('dev', [resource('terraform_data.a')], { cost });
    const text = renderPlanComment(content([summary]));
    expect(text).toContain(
      '**Cost of the instances** (a month has 730 hours):\n- instance-hours a month: 1,460 on `ml.m5.large` → 1,460 to 4,380 on `ml.m5.large`\n',
    );
    expect(text).toContain('- USD a month: **187 → 187 to 561** (instances alone, prices of 2026-01-01)\n');
    expect(renderPlanText(summary)).toContain('\n  USD a month: 187 → 187 to 561 (instances alone');
    // What crosses to the job of the comment keeps it.
    expect(parsePlanSummary({ path: 'dev.json', text: renderPlanSummaryFile(summary) })).toEqual(summary);
  });

  it('carries a marker, which says nothing of the plan', () => {
    const text = renderPlanComment(content([planned('dev', [])]));
    expect(isMarked(text)).toBe(true);
    expect(text.split('\n')[0]).toBe('<!-- sagemaker-gitops:plan -->');
    // What earlier versions wrote is found too.
    expect(isMarked('<!-- sagemaker-gitops:plan eyJydW5JZCI6N30 -->\n## Plan')).toBe(true);
    expect(isMarked('## Plan\n<!-- sagemaker-gitops:plan -->')).toBe(false);
  });

  it('names an environment whose plan is missing', () => {
    const text = renderPlanComment(content([], { missing: ['staging'] }));
    expect(text).toContain('## Plan: failed for 1 environment');
    expect(text).toContain('`staging` has **no plan**');
  });

  it('names an environment that is not set up, and what to do', () => {
    const alone = renderPlanComment(content([], { notConfigured: ['staging'] }));
    expect(alone).toContain('## Plan: nothing is set up yet');
    expect(alone).toContain("- `staging` isn't set up yet");
    const beside = renderPlanComment(content([planned('dev', [])], { notConfigured: ['staging'] }));
    expect(beside).toContain('## Plan: no changes');
    expect(beside).toContain('run `npm run bootstrap`');
  });

  it('shows the errors of a plan that failed, with their place', () => {
    const failed: PlanSummary = {
      ...planned('dev', []),
      result: {
        kind: 'failed',
        step: 'validate',

        diagnostics: [
          {
            severity: 'error',
            summary: 'Unsupported argument',
            detail: 'two\nlines',
            location: { file: 'a.tf', line: 3 },
          },
        ],
      },
    };
    const text = renderPlanComment(content([failed]));
    expect(text).toContain('### `dev`: **terraform validate failed**');
    expect(text).toContain('- `Unsupported argument` at `a.tf:3`');
    expect(text).toContain('  ```text\n  two\n  lines\n  ```');
  });

  it('orders environments by promotion', () => {
    const [one, two] = [
      planned('zeta', [resource('a.a')]),
      { ...planned('alpha', [resource('a.a')]), promotionOrder: 2 },
    ];
    const text = renderPlanComment(content([two, one]));
    expect(text.indexOf('### `zeta`')).toBeLessThan(text.indexOf('### `alpha`'));
  });

  it('drops whole resources, the least important first, and says how many', () => {
    const many = Array.from({ length: 3_000 }, (_, index) => resource(`terraform_data.new[${String(index)}]`));
    const gone = resource('aws_iam_role.gone', { action: 'delete', type: 'aws_iam_role' });
    const text = renderPlanComment(content([planned('dev', [...many, gone])]));
    expect(text.length).toBeLessThanOrEqual(COMMENT_LIMIT.most);
    expect(text.length).toBeGreaterThan(COMMENT_LIMIT.most * 0.9);
    expect(text).toContain('<summary>destroy <code>aws_iam_role.gone</code></summary>');
    const shown = [...text.matchAll(/<details><summary>/g)].length;
    expect(text).toContain(`${(3_001 - shown).toLocaleString('en-US')} items are not shown here`);
    expect([...text.matchAll(/<\/details>/g)]).toHaveLength(shown);
    expect([...text.matchAll(/^```diff$/gm)]).toHaveLength(shown);
  });

  it('leaves out a resource that alone would fill the comment, and keeps the others', () => {
    const attributes = Array.from({ length: 500 }, (_, index) => ({
      path: `a${String(index)}`,
      before: { kind: 'absent' as const },
      after: { kind: 'value' as const, text: 'x'.repeat(900) },
      forcesReplacement: false,
    }));
    const giant = resource('aws_kms_key.giant', { type: 'aws_kms_key', attributes });
    const text = renderPlanComment(content([planned('dev', [giant, resource('terraform_data.small')])]));
    expect(text).toContain('<code>terraform_data.small</code>');
    expect(text).not.toContain('aws_kms_key.giant</code>');
    expect(text).toContain('1 item is not shown here: 1 too long.');
  });

  it('never leaves out a warning that must be accepted', () => {
    const lost = Array.from({ length: 338 }, (_, index) =>
      resource(`terraform_data.lost["${'x'.repeat(150)}${String(index)}"]`, { action: 'delete' }),
    );
    const warnings = [
      { id: 'retention-shortened', subject: 'aws_cloudwatch_log_group.l', found: 'shorter' },
      { id: 'wildcard-iam', subject: 'aws_iam_user_policy.p', found: 'a statement allows *' },
    ];
    const text = renderPlanComment(content([planned('dev', lost, { warnings })]));
    expect(text.length).toBeLessThanOrEqual(COMMENT_LIMIT.most);
    expect(text).toContain('`a statement allows *` in `aws_iam_user_policy.p`');
    expect(text).toMatch(/items are not shown here: the least important ones\. \[The full plan\]/);
  });

  it('shows one of each kind, and counts the others, where there are too many', () => {
    const many = Array.from({ length: 900 }, () => ({ id: 'wildcard-iam', subject: 'a.b', found: 'x'.repeat(200) }));
    const warnings = [
      ...many,
      { id: 'public-access', subject: 'aws_s3_bucket_acl.a', found: 'the ACL is public-read' },
    ];
    const text = renderPlanComment(
      content([planned('dev', [resource('a.b')], { warnings }), planned('prod', [resource('a.b')], { warnings })]),
    );
    expect(text.length).toBeLessThanOrEqual(COMMENT_LIMIT.most);
    expect([...text.matchAll(/the ACL is public-read/g)]).toHaveLength(2);
    expect(text).toMatch(/\*\*Among them are warnings that must be accepted\*\*: `wildcard-iam` 1,\d{3} times\. /);
  });

  it('shows what Terraform warns of, also where nothing changes', () => {
    const diagnostics = [1, 1, 2].map((line) => ({
      severity: 'warning',
      summary: 'Check block assertion failed',
      detail: 'the endpoint does not answer',
      location: { file: 'environments/dev/main.tf', line },
    }));
    const text = renderPlanComment(content([planned('dev', [], { diagnostics })]));
    expect(text).toContain('## Plan: no changes');
    expect(text).toContain('**Terraform warns**:\n- `Check block assertion failed` at `environments/dev/main.tf:1`');
    expect([...text.matchAll(/the endpoint does not answer/g)]).toHaveLength(2);
  });

  it('bounds what Terraform warns of', () => {
    const diagnostics = Array.from({ length: 2_000 }, (_, index) => ({
      severity: 'warning',
      summary: `Deprecated ${String(index)}`,
      detail: 'x\n'.repeat(500),
      location: null,
    }));
    const text = renderPlanComment(content([planned('dev', [resource('a.changed')], { diagnostics })]));
    expect(text).toContain('<code>a.changed</code>');
    expect(text).toContain('and 461 more lines');
    expect(text).toMatch(/- and 1,\d{3} more warnings of Terraform/);
  });

  it('keeps to the limit with 200 environments that all have something to say', () => {
    const names = Array.from({ length: 200 }, (_, index) => `environment-${String(index)}`);
    const summaries = names.map((name) =>
      planned(
        name,
        Array.from({ length: 50 }, (_, i) => resource(`a.b[${String(i)}]`)),
      ),
    );
    const text = renderPlanComment(content(summaries));
    expect(text.length).toBeLessThanOrEqual(COMMENT_LIMIT.most);
    for (const name of names) expect(text).toContain(`### \`${name}\``);
  });

  it('counts a job summary in bytes', () => {
    const many = Array.from({ length: 20_000 }, (_, index) =>
      resource(`terraform_data.größe["模型 ${String(index)}"]`),
    );
    const text = renderPlanComment(content([planned('dev', many)]), SUMMARY_LIMIT);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(SUMMARY_LIMIT.most);
    expect(Buffer.byteLength(text)).toBeGreaterThan(SUMMARY_LIMIT.most * 0.9);
  });
});

describe('acceptance', () => {
  const warnings = [{ id: 'wildcard-iam', subject: 'aws_iam_policy.p', found: 'a statement allows *' }];
  const summaries = [planned('dev', [resource('a.a')], { warnings })];

  const open: Acceptances = { kind: 'open' };

  it('asks for a review where several people may write', () => {
    expect(unacceptedWarnings({ summaries, reviews: [] }, open)).toEqual(['wildcard-iam dev']);
    const text = renderPlanComment(content(summaries));
    expect(text).toContain('**To accept it**: somebody other than the authors approves the head commit');
    expect(text).not.toContain('Accept-Plan-Warning');
  });

  it('is given by a review for every warning, and says by whose', () => {
    const acceptances: Acceptances = { kind: 'review', reviewer: 'grace' };
    expect(unacceptedWarnings({ summaries, reviews: [] }, acceptances)).toEqual([]);
    expect(renderPlanComment(content(summaries, { acceptances }))).toContain('accepted `by the review of grace`');
  });

  it('is given by a line of the author where nobody else may write, and says so', () => {
    const alone = (description: string): Acceptances => ({ kind: 'alone', lines: parseAcceptanceLines(description) });
    expect(renderPlanComment(content(summaries, { acceptances: alone('') }))).toContain(
      'Accept-Plan-Warning: wildcard-iam dev REASON',
    );
    const acceptances = alone('Text\r\n- Accept-Plan-Warning: wildcard-iam dev needed `until` Friday\r\n');
    expect(unacceptedWarnings({ summaries, reviews: [] }, acceptances)).toEqual([]);
    expect(renderPlanComment(content(summaries, { acceptances }))).toContain(
      'accepted ``by the author, as nobody else may write here: needed `until` Friday``',
    );
  });

  it.each([
    'Accept-Plan-Warning: wildcard-iam dev',
    'Accept-Plan-Warning: wildcard-iam staging because',
    'Accept-Plan-Warning: wildcard dev because',
    '<!-- Accept-Plan-Warning: wildcard-iam dev because -->',
    '<!--\nAccept-Plan-Warning: wildcard-iam dev because\n',
    'please Accept-Plan-Warning: wildcard-iam dev because',
  ])('is not given by %j', (description) => {
    const acceptances: Acceptances = { kind: 'alone', lines: parseAcceptanceLines(description) };
    expect(unacceptedWarnings({ summaries, reviews: [] }, acceptances)).toEqual(['wildcard-iam dev']);
  });

  it('is not asked for by a plan that changes nothing', () => {
    expect(unacceptedWarnings({ summaries: [planned('dev', [], { warnings })], reviews: [] }, open)).toEqual([]);
  });

  it.each([...STANDING_WARNINGS])('is asked for %s also where the plan changes nothing', (id) => {
    const quiet = [planned('dev', [], { warnings: [{ id, subject: 'a', found: 'b' }] })];
    expect(unacceptedWarnings({ summaries: quiet, reviews: [] }, open)).toEqual([`${id} dev`]);
    expect(renderPlanComment(content(quiet))).toContain(`\`${id}\``);
  });
});

const HOSTILE = [
  '`',
  '```',
  '``````\n',
  '</details>',
  '</summary></details><h1>x</h1>',
  '-->',
  '<!-- x',
  '@everyone',
  '@acme/owners',
  '#1',
  'GH-1',
  'acme/models#1',
  '::set-output name=a::b',
  '\n::error::x',
  '##[add-path]/tmp',
  '\u001b[31mred\u001b[0m',
  '\u202etxet',
  '\u2066isolate',
  '\0',
  '\r\n\r\n# Heading',
  '\n\n| a | b |\n|---|---|',
  '[link](https://evil.example)',
  '![image](https://evil.example/x.png)',
  '<img src=x onerror=alert(1)>',
  '&lt;',
  '\\',
  '~~~',
  '$$x$$',
  'www.evil.example',
  '\ud800',
  '$(id)',
  '${{ secrets.X }}',
  'x'.repeat(100_000),
];

/** What a reader of the Markdown would see outside code: everything in code spans, fences and <code> is taken away. */
function outsideCode(markdown: string): string {
  const lines: string[] = [];
  let fence: string | undefined;
  for (const line of markdown.split('\n')) {
    const ticks = /^ {0,3}(`{3,})/.exec(line)?.[1];
    if (fence !== undefined) {
      if (ticks !== undefined && ticks.length >= fence.length && line.trim() === ticks) fence = undefined;
      continue;
    }
    if (ticks !== undefined) {
      fence = ticks;
      continue;
    }
    lines.push(line);
  }
  expect(fence).toBeUndefined();
  return lines
    .map((line) => line.replaceAll(/<code>[^<]*<\/code>/g, '').replaceAll(/(?<!`)(`+)(?!`)(.*?[^`])\1(?!`)/g, ''))
    .join('\n');
}

describe('hostile content', () => {
  const at = (text: string): PlanSummary => {
    const plan = parsePlanJson(
      JSON.stringify({
        format_version: '1.2',
        terraform_version: '1.11.4',
        resource_changes: [
          {
            address: `aws_iam_policy.x[${JSON.stringify(text)}]`,
            previous_address: `aws_iam_policy.y[${JSON.stringify(text)}]`,
            mode: 'managed',
            type: 'aws_iam_policy',
            name: 'x',
            change: {
              actions: ['delete', 'create'],
              before: {
                [text]: text,
                name: text,
                policy: JSON.stringify({ Statement: [{ Effect: text, Action: text }] }),
              },
              after: {
                name: `${text}!`,
                description: text,
                policy: JSON.stringify({ Statement: { Action: '*', Effect: 'Allow', Sid: text } }),
              },
              after_unknown: {},
              before_sensitive: {},
              after_sensitive: {},
              replace_paths: [['name'], [text]],
              importing: { id: text },
            },
          },
        ],
        resource_drift: [],
        output_changes: {
          [text]: {
            actions: ['create'],
            before: null,
            after: text,
            after_unknown: false,
            before_sensitive: false,
            after_sensitive: false,
          },
        },
      }),
    );
    const diagnostics = [
      { severity: 'warning' as const, summary: text, detail: text, location: { file: text, line: 1 } },
    ];
    const facts = {
      environment,
      baseEnvironment: environment,
      release,
      baseRelease: undefined,
      isProduction: false,
      diagnostics,
      terraformFiles: [{ path: text, text }],
      sources: ['environments', 'modules'],
      rootModule: undefined,
    };
    return { ...planned('dev', []), result: summarisePlan(plan, facts) };
  };

  it.each(HOSTILE.map((text) => [text.length > 60 ? `${text.slice(0, 20)}…` : text, text]))(
    'never leaves its place: %j',
    (_, text) => {
      const summary = at(text);
      const markdown = renderPlanComment(content([summary]));
      expect(markdown.length).toBeLessThanOrEqual(COMMENT_LIMIT.most);
      // With harmless content in the same places, what stands outside code is exactly the same.
      const harmless = renderPlanComment(content([at('harmless')]));
      expect(outsideCode(markdown)).toBe(outsideCode(harmless));
      // eslint-disable-next-line no-control-regex
      expect(markdown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202a-\u202e\u2066-\u2069]/);
      expect(isMarked(markdown)).toBeDefined();
    },
  );

  it('never leaves its place in a plan that failed', () => {
    for (const text of HOSTILE) {
      const failed = (said: string): PlanSummary => ({
        ...planned('dev', []),
        result: {
          kind: 'failed',
          step: 'plan',
          diagnostics: [
            { severity: 'error', summary: said, detail: `${said}\n${said}`, location: { file: said, line: 1 } },
          ],
        },
      });
      const [hostile, harmless] = [text, 'harmless'].map((said) => renderPlanComment(content([failed(said)])));
      expect(outsideCode(hostile ?? '')).toBe(outsideCode(harmless ?? ''));
    }
  });
});

describe('redaction', () => {
  // Random values of the shapes that a plan has, with a random mark on any part of them.
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'k', 'z'), minLength: 1, maxLength: 8 });
  const secret = fc.uuid().map((id) => `s3cr3t-${id}`);
  interface Marked {
    readonly value: unknown;
    readonly mark: unknown;
    readonly secrets: readonly string[];
  }
  const marked: fc.Arbitrary<Marked> = fc.letrec<{ node: Marked }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc
        .oneof(word, fc.integer(), fc.boolean(), fc.constant(null))
        .map((value) => ({ value, mark: false, secrets: [] })),
      secret.map((value) => ({ value, mark: true, secrets: [value] })),
      fc.tuple(word, secret).map(([key, value]) => ({ value: { [key]: [value] }, mark: true, secrets: [value] })),
      fc.array(tie('node'), { maxLength: 4 }).map((nodes) => ({
        value: nodes.map(({ value }) => value),
        mark: nodes.map(({ mark }) => mark),
        secrets: nodes.flatMap(({ secrets }) => secrets),
      })),
      fc.dictionary(word, tie('node'), { maxKeys: 4 }).map((nodes) => ({
        value: Object.fromEntries(Object.entries(nodes).map(([key, { value }]) => [key, value])),
        mark: Object.fromEntries(Object.entries(nodes).map(([key, { mark }]) => [key, mark])),
        secrets: Object.values(nodes).flatMap(({ secrets }) => secrets),
      })),
      // A container environment: hidden without any mark.
      fc.tuple(word, secret).map(([key, value]) => ({
        value: { environment: { [key]: value, LOG_LEVEL: 'info' } },
        mark: false,
        secrets: [value],
      })),
    ),
  })).node;
  const change = fc.record({
    before: fc.option(fc.dictionary(word, marked, { maxKeys: 5 }), { nil: null }),
    after: fc.option(fc.dictionary(word, marked, { maxKeys: 5 }), { nil: null }),
    unknown: fc.dictionary(word, fc.constant(true), { maxKeys: 2 }),
    actions: fc.constantFrom(['create'], ['update'], ['delete'], ['delete', 'create'], ['forget']),
    type: fc.constantFrom('aws_sagemaker_model', 'aws_iam_policy', 'aws_cloudwatch_metric_alarm', 'terraform_data'),
    replaces: fc.array(word, { maxLength: 2 }),
  });

  const part = (nodes: Record<string, Marked> | null, pick: 'value' | 'mark'): unknown =>
    nodes === null ? null : Object.fromEntries(Object.entries(nodes).map(([key, node]) => [key, node[pick]]));

  it('shows no marked value and no hidden container value in anything that is written', () => {
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), fc.nat(3), (changes, quoted) => {
        const secrets = changes.flatMap(({ before, after }) =>
          [before, after].flatMap((nodes) => Object.values(nodes ?? {}).flatMap((node) => node.secrets)),
        );
        const json = changes.map(({ before, after, unknown, actions, type, replaces }, index) => ({
          address: `${type}.r${String(index)}`,
          mode: 'managed',
          type,
          name: `r${String(index)}`,
          change: {
            actions,
            before: part(before, 'value'),
            // A secret that leaks into a place without a mark is caught as well.
            after: { ...(part(after, 'value') as object | null), leak: `url?token=${secrets[0] ?? ''}` },
            after_unknown: unknown,
            before_sensitive: part(before, 'mark') ?? false,
            after_sensitive: part(after, 'mark') ?? false,
            replace_paths: replaces.map((path) => [path]),
          },
        }));
        const plan = parsePlanJson(
          JSON.stringify({
            format_version: '1.2',
            terraform_version: '1.11.4',
            resource_changes: json,
            resource_drift: json,
            output_changes: { out: json[0]?.change },
          }),
        );
        const visibility = planVisibility(plan, environment, release);
        const diagnostic = showDiagnostic(
          { severity: 'error', summary: `bad ${secrets[quoted] ?? ''}`, detail: `"${secrets[0] ?? ''}" in a file` },
          'environments/dev',
          visibility.scrubber,
        );
        const facts = {
          environment,
          baseEnvironment: environment,
          release,
          baseRelease: undefined,
          isProduction: true,
          diagnostics: [diagnostic],
          terraformFiles: [],
          sources: ['environments', 'modules'],
          rootModule: undefined,
        };
        const summary: PlanSummary = { ...planned('dev', []), result: summarisePlan(plan, facts) };
        const comment = renderPlanComment(content([summary]));
        const meaning = meaningOf(plan, null, visibility);
        const written = [
          comment,
          renderPlanComment(content([summary]), SUMMARY_LIMIT),
          renderPlanSummaryFile(summary),
          renderPlanText(summary),
          JSON.stringify(meaning),
          renderUnshown(unshownChanges(meaning.changes, [])).join('\n'),
        ].join('\n');
        for (const value of secrets) expect(written).not.toContain(value);
      }),
      { numRuns: 300 },
    );
  });
});

describe('parsePlanSummary', () => {
  it('reads back what was written', () => {
    const summary = planned('dev', [resource('a.b')]);
    expect(parsePlanSummary({ path: 'dev.json', text: renderPlanSummaryFile(summary) })).toEqual(summary);
  });

  it('refuses what is not a summary, and names the place', () => {
    const text = renderPlanSummaryFile({ ...planned('dev', []), environment: '../../../etc' });
    expect(() => parsePlanSummary({ path: 'dev.json', text })).toThrow(
      /dev\.json at environment[\s\S]*the name of an environment/,
    );
  });
});
