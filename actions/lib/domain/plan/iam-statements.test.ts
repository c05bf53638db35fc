import { describe, expect, it } from 'vitest';
import type { PlanJson } from './plan-json.ts';
import { parsePlanJson } from './plan-json.ts';
import { statementChanges } from './iam-statements.ts';
import { isSameStatement, policyDocuments } from './policy-documents.ts';
import { createScrubber } from './redact.ts';

const scrubber = createScrubber([]);

function planOf(type: string, before: object | null, after: object | null, more: object = {}): PlanJson {
  const actions = before === null ? ['create'] : after === null ? ['delete'] : ['update'];
  return parsePlanJson(
    JSON.stringify({
      format_version: '1.2',
      terraform_version: '1.11.4',
      resource_changes: [
        {
          address: `${type}.this`,
          mode: 'managed',
          type,
          name: 'this',
          change: { actions, before, after, after_unknown: {}, before_sensitive: {}, after_sensitive: {}, ...more },
        },
      ],
    }),
  );
}

const policy = (...statements: object[]): object => ({
  policy: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
});

const read = { Effect: 'Allow', Action: ['s3:GetObject'], Resource: 'arn:aws:s3:::models/*' };
const write = {
  Effect: 'Allow',
  Action: 's3:PutObject',
  Resource: ['arn:aws:s3:::models/*'],
  Condition: { Bool: { a: 'b' } },
};

describe('statementChanges', () => {
  it('names each statement that is added or removed', () => {
    expect(statementChanges(planOf('aws_iam_role_policy', policy(read), policy(write)), scrubber)).toEqual([
      {
        change: 'removed',
        address: 'aws_iam_role_policy.this',
        document: 'policy',
        text: 'Allow s3:GetObject on arn:aws:s3:::models/*',
      },
      {
        change: 'added',
        address: 'aws_iam_role_policy.this',
        document: 'policy',
        text: 'Allow s3:PutObject on arn:aws:s3:::models/* if {"Bool":{"a":"b"}}',
      },
    ]);
  });

  it('says nothing of a document that is only written otherwise', () => {
    const other = { Resource: ['arn:aws:s3:::models/*'], Action: 's3:GetObject', Effect: 'Allow' };
    expect(statementChanges(planOf('aws_iam_policy', policy(read), policy(other)), scrubber)).toEqual([]);
  });

  it('says so where a document is known only after apply', () => {
    const plan = planOf('aws_iam_policy', null, {}, { after_unknown: { policy: true } });
    expect(statementChanges(plan, scrubber).map(({ text }) => text)).toEqual([
      'statements that are known only after apply',
    ]);
  });

  it('shows nothing of a sensitive document', () => {
    const plan = planOf('aws_iam_policy', null, policy(read), { after_sensitive: { policy: true } });
    expect(statementChanges(plan, scrubber).map(({ text }) => text)).toEqual(['a sensitive document']);
  });

  it('names grants without a document of their own', () => {
    const plan = planOf('aws_iam_role_policy_attachment', null, { role: 'r', policy_arn: 'arn:aws:iam::aws:policy/X' });
    expect(statementChanges(plan, scrubber)).toMatchObject([
      { change: 'added', text: 'role r, policy_arn arn:aws:iam::aws:policy/X' },
    ]);
  });

  it('names what a role has inline and attached, in any order', () => {
    const role = (...names: readonly string[]): object => ({
      inline_policy: names.map((name) => ({ name, ...policy(name === 'r' ? read : write) })),
      managed_policy_arns: names.map((name) => `arn:aws:iam::aws:policy/${name}`),
    });
    expect(statementChanges(planOf('aws_iam_role', role(), role('r')), scrubber)).toMatchObject([
      { change: 'added', document: 'inline_policy.policy', text: 'Allow s3:GetObject on arn:aws:s3:::models/*' },
      { change: 'added', document: 'grant', text: 'managed_policy_arns arn:aws:iam::aws:policy/r' },
    ]);
    const [one, other] = [role('r', 'w'), { ...role('r', 'w'), inline_policy: [] }];
    expect(statementChanges(planOf('aws_iam_role', one, other), scrubber).map(({ change }) => change)).toEqual([
      'removed',
      'removed',
    ]);
    const unknown = { after_unknown: { managed_policy_arns: true, inline_policy: true } };
    expect(statementChanges(planOf('aws_iam_role', null, {}, unknown), scrubber)).toEqual([]);
    const later = { after_unknown: { inline_policy: [{ policy: true }] } };
    expect(statementChanges(planOf('aws_iam_role', null, {}, later), scrubber)).toMatchObject([
      { document: 'inline_policy.policy', text: 'statements that are known only after apply' },
    ]);
  });

  it('shortens the list of actions and leaves out no wildcard, principal, resource or condition', () => {
    const actions = Array.from({ length: 12 }, (_, index) => `s3:SomeLongActionNumber${String(index)}`);
    const statement = {
      ...write,
      Action: [...actions, 's3:Get*', '*'],
      Principal: { AWS: 'arn:aws:iam::999999999999:root' },
    };
    const [change] = statementChanges(planOf('aws_s3_bucket_policy', null, policy(statement)), scrubber);
    expect(change?.brief).toBe(
      `Allow *, s3:Get*, ${actions.slice(0, 4).join(', ')} and 8 more on arn:aws:s3:::models/* for {"AWS":"arn:aws:iam::999999999999:root"} if {"Bool":{"a":"b"}}`,
    );
    expect(change?.text).toContain(actions.at(-1));
  });

  it('bounds what it says in brief', () => {
    const long = Array.from({ length: 5_000 }, (_, index) => `arn:aws:s3:::bucket-${String(index)}/*`);
    const statement = {
      ...{ Effect: 'Allow', Action: long.map((_, index) => `a:Get${String(index)}*`), Resource: long },
      ...{ Principal: { AWS: long }, Condition: { ArnLike: { 'aws:SourceArn': long } } },
    };
    const [change] = statementChanges(planOf('aws_s3_bucket_policy', null, policy(statement)), scrubber);
    expect(change?.brief?.length).toBeLessThan(5_000);
  });

  it('covers trust policies', () => {
    const trust = (service: string): object => ({
      assume_role_policy: JSON.stringify({
        Statement: { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: service } },
      }),
    });
    const changes = statementChanges(
      planOf('aws_iam_role', trust('a.amazonaws.com'), trust('b.amazonaws.com')),
      scrubber,
    );
    expect(changes.map(({ change, text }) => [change, text])).toEqual([
      ['removed', 'Allow sts:AssumeRole for {"Service":"a.amazonaws.com"}'],
      ['added', 'Allow sts:AssumeRole for {"Service":"b.amazonaws.com"}'],
    ]);
  });
});

describe('isSameStatement', () => {
  it('reads lists as sets, and one value as a list of one', () => {
    expect(isSameStatement({ Action: ['a', 'b'] }, { Action: ['b', 'a'] })).toBe(true);
    expect(isSameStatement({ Action: 'a' }, { Action: ['a'] })).toBe(true);
    expect(isSameStatement({ Action: 'a' }, { Action: ['a', 'b'] })).toBe(false);
  });
});

describe('policyDocuments', () => {
  it.each(['', 'no JSON Statement', '{"Statement":', null, 7, '{"a":1}'])('finds none in %j', (document) => {
    expect(policyDocuments({ policy: document }, {}).size).toBe(0);
  });

  it.each([
    ['a block', { inline_policy: [{ policy: JSON.stringify({ Statement: read }) }] }, 'inline_policy.policy'],
    ['a template', { template_body: JSON.stringify({ A: { B: { Statement: [read] } } }) }, 'template_body.A.B'],
    ['a key in another notation', { policy: `{"Statem\\u0065nt":${JSON.stringify(read)}}` }, 'policy'],
  ])('finds one in %s', (_case, value, path) => {
    expect([...policyDocuments(value, {})]).toEqual([[path, { statements: [read], isSensitive: false }]]);
  });
});
