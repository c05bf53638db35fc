import { cp, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { releaseIdOf, type ReleaseSpec } from '../../actions/lib/domain/release/release.ts';
import { writeSampleTeam } from '../testing/sample-team/write.ts';
import { checkContent, type ContentReport } from './check-content.ts';
import type { Finding } from './finding.ts';

let folder: string;
let team: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'content-'));
  team = path.join(folder, 'team');
  await writeSampleTeam(team);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** The findings about the sample team's content after a change, each as one line. */
async function check(change: (root: string) => Promise<void>, startsModels = false): Promise<readonly string[]> {
  return (await reportAfter(change, startsModels)).findings.map(inOneLine);
}

async function reportAfter(change: (root: string) => Promise<void>, startsModels: boolean): Promise<ContentReport> {
  const root = path.join(folder, 'changed');
  await rm(root, { recursive: true, force: true });
  await cp(team, root, { recursive: true });
  await change(root);
  return await checkContent({ root, startsModels });
}

function inOneLine({ kind, parts }: Finding): string {
  return `${kind}: ${parts.what} | ${parts.where ?? ''} | ${parts.expected ?? ''} | ${parts.found ?? ''}`;
}

async function edit(root: string, file: string, change: (text: string) => string): Promise<void> {
  const text = await readFile(path.join(root, file), 'utf8');
  const edited = change(text);
  expect(edited).not.toBe(text);
  await writeFile(path.join(root, file), edited);
}

async function editJson(root: string, file: string, change: (value: Record<string, unknown>) => object): Promise<void> {
  await edit(root, file, (text) => JSON.stringify(change(JSON.parse(text) as Record<string, unknown>)));
}

const SPEC: ReleaseSpec = {
  image: `210987654321.dkr.ecr.eu-west-1.amazonaws.com/scoring@sha256:${'a'.repeat(64)}`,
  model: null,
  instanceType: 'ml.m5.large',
  instanceCount: 2,
  environment: {},
  startupTimeoutSeconds: 300,
};
const SOURCE = { commit: 'c'.repeat(40), createdAt: '2026-01-31T12:00:00Z', promotedFrom: null };

function release(change: Partial<ReleaseSpec> = {}): object {
  const spec = { ...SPEC, ...change };
  return { live: releaseIdOf(spec), releases: { [releaseIdOf(spec)]: { spec, source: SOURCE } } };
}

describe('checkContent', () => {
  it('does not take a model for one of no service while its environments cannot be read', async () => {
    const root = path.join(team, '../unread');
    await cp(team, root, { recursive: true });
    for (const name of ['label-trial', 'label-prime'])
      await editJson(root, `environments/${name}/environment.json`, (e) => ({ ...e, promotionOrder: '1' }));
    const { findings } = await checkContent({ root, startsModels: false });
    expect(findings.map(inOneLine).filter((line) => line.includes('belongs to no service'))).toEqual([]);
    expect(findings).not.toEqual([]);
    await rm(root, { recursive: true });
  });

  it('finds nothing wrong with two services and five environments, and asks both models', async () => {
    const report = await checkContent({ root: team, startsModels: true });
    expect(report.findings.map(inOneLine)).toEqual([]);
    // Golden cases once a model; smoke cases of three environments and of two.
    expect(report.summary).toBe('5 environments, 2 models, 20 questions asked');
  });

  it.each<[string, (root: string) => Promise<void>, RegExp]>([
    [
      'a renamed environment.json',
      async (root) => {
        const from = path.join(root, 'environments/trial/environment.json');
        await rename(from, from.replace('environment.json', 'enviroment.json'));
      },
      /^error: environments\/trial has no environment\.json \| .* \| .*enviroment\.json/,
    ],
    [
      'a release.json that is missing',
      async (root) => await rm(path.join(root, 'environments/trial/release.json')),
      /^error: environments\/trial\/release\.json is missing/,
    ],
    [
      'a smoke.json that is missing',
      async (root) => await rm(path.join(root, 'environments/trial/smoke.json')),
      /^error: The smoke cases of trial are missing \| .*no such file/,
    ],
    [
      'two environments of a service with one place',
      async (root) =>
        await editJson(root, 'environments/preview/environment.json', (e) => ({ ...e, promotionOrder: 1 })),
      /^error: .*same place/,
    ],
    [
      'an edited main.tf',
      async (root) => await edit(root, 'environments/prime/main.tf', (text) => `${text}# mine\n`),
      /^error: environments\/prime\/main\.tf is not what `npm run generate` writes/,
    ],
    [
      'a backend.hcl that is missing',
      async (root) => await rm(path.join(root, 'environments/prime/backend.hcl')),
      /^error: environments\/prime\/backend\.hcl is missing/,
    ],
    ...['extra.tf', 'main_override.tf.json', 'terraform.tfvars', 'my.auto.tfvars.json'].map(
      (file): [string, (root: string) => Promise<void>, RegExp] => [
        `${file} in an environment`,
        async (root) => await writeFile(path.join(root, 'environments/prime', file), ''),
        new RegExp(`^error: Terraform would read environments/prime/${file}, which the product does not know`),
      ],
    ),
    [
      'golden cases that are a folder',
      async (root) => {
        await rm(path.join(root, 'server/models/scoring/golden.json'));
        await mkdir(path.join(root, 'server/models/scoring/golden.json'));
      },
      /^error: server\/models\/scoring\/golden\.json is a folder/,
    ],
    [
      'a JSON file with a byte order mark',
      async (root) => await edit(root, 'environments/trial/smoke.json', (text) => `\ufeff${text}`),
      /^error: environments\/trial\/smoke\.json is not in UTF-8 \| .* \| a byte order mark before the text$/,
    ],
    [
      'a folder of a model that is a link',
      async (root) => {
        await rename(path.join(root, 'server/models/scoring'), path.join(root, 'elsewhere'));
        await symlink('../../elsewhere', path.join(root, 'server/models/scoring'));
      },
      /^error: server\/models\/scoring is a link/,
    ],
    [
      'rows of the review that are no JSON',
      async (root) =>
        await writeFile(path.join(root, 'server/models/scoring/review.jsonl'), '{"features": [[1]]}\n{"features": [1'),
      /^error: server\/models\/scoring\/review\.jsonl:2 is not JSON/,
    ],
    [
      'prices that are a folder',
      async (root) => await mkdir(path.join(root, 'environments/prices.json')),
      /^error: environments\/prices\.json cannot be read \| .* \| a folder where a file was expected/,
    ],
    [
      'a lock file that is a folder',
      async (root) => {
        await rm(path.join(root, 'environments/prime/.terraform.lock.hcl'));
        await mkdir(path.join(root, 'environments/prime/.terraform.lock.hcl'));
      },
      /^error: environments\/prime\/\.terraform\.lock\.hcl is not what `npm run generate` writes/,
    ],
    [
      'rows for the review in UTF-16',
      async (root) =>
        await writeFile(path.join(root, 'server/models/scoring/review.csv'), Buffer.from('\ufeffx\n1\n', 'utf16le')),
      /^error: server\/models\/scoring\/review\.csv is not in UTF-8 \| .* \| a text in UTF-16$/,
    ],
    [
      'a signature that is no JSON',
      async (root) => await writeFile(path.join(root, 'server/models/scoring/signature.json'), '{inputs: {}}'),
      /^error: server\/models\/scoring\/signature\.json is not JSON/,
    ],
    ...['model.onnx', 'weights/part'].map((file): [string, (root: string) => Promise<void>, RegExp] => [
      `${file} of a model that is a link to nothing`,
      async (root) => {
        const place = path.join(root, 'server/models/scoring', file);
        await mkdir(path.dirname(place), { recursive: true });
        await rm(place, { force: true });
        await symlink('nowhere', place);
      },
      new RegExp(`^error: server/models/scoring/${file} is no file of its own .* \\| a link$`),
    ]),
    [
      'an environment.json that is a link',
      async (root) => {
        const place = path.join(root, 'environments/prime/environment.json');
        await rename(place, path.join(root, 'prime.json'));
        await symlink('../../prime.json', place);
      },
      /^error: Terraform must not read environments\/prime\/environment\.json: it is a link/,
    ],
    [
      'an environment that is a link',
      async (root) => await symlink('trial', path.join(root, 'environments/copy')),
      /^error: environments\/copy is a link/,
    ],
    [
      'a format that is older',
      async (root) =>
        await editJson(root, 'environments/trial/environment.json', (e) => ({ ...e, formatVersion: undefined })),
      /^error: environments\/trial\/environment\.json is in an older format .* \| no formatVersion/,
    ],
    [
      'a model folder of no service',
      async (root) =>
        await cp(path.join(root, 'server/models/scoring'), path.join(root, 'server/models/scorign'), {
          recursive: true,
        }),
      /^error: server\/models\/scorign belongs to no service .* scoring/,
    ],
    [
      'a service without a model folder',
      async (root) => await rm(path.join(root, 'server/models/labelling'), { recursive: true }),
      /^error: The service labelling has no model/,
    ],
    [
      'a model of another name',
      async (root) =>
        await rename(
          path.join(root, 'server/models/scoring/model.onnx'),
          path.join(root, 'server/models/scoring/net.onnx'),
        ),
      /^error: server\/models\/scoring has no model\.onnx .* net\.onnx/,
    ],
    [
      'a Git LFS pointer',
      async (root) =>
        await writeFile(
          path.join(root, 'server/models/scoring/model.onnx'),
          'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n',
        ),
      /^error: server\/models\/scoring\/model\.onnx is a pointer of Git LFS/,
    ],
    [
      'golden cases of the older form',
      async (root) =>
        await writeFile(path.join(root, 'server/models/scoring/golden.json'), '{"tolerance":1,"cases":[]}'),
      /^error: server\/models\/scoring\/golden\.json is not valid .*at least one case/,
    ],
    [
      'a live image of another service',
      async (root) =>
        await writeFile(
          path.join(root, 'environments/trial/release.json'),
          JSON.stringify(release({ image: SPEC.image.replace('/scoring@', '/labelling@') })),
        ),
      /^error: The live release of trial has an image of another service .* \| labelling$/,
    ],
    [
      'a container that would listen elsewhere than SageMaker asks',
      async (root) =>
        await writeFile(
          path.join(root, 'environments/trial/release.json'),
          JSON.stringify(release({ environment: { PORT: '9090' } })),
        ),
      /^error: The live release of trial would not answer SageMaker: its container environment sets PORT .* \| 9090$/,
    ],
    [
      'an instance type that the locked provider refuses',
      async (root) =>
        await writeFile(
          path.join(root, 'environments/trial/release.json'),
          JSON.stringify(release({ instanceType: 'ml.g7e.2xlarge' })),
        ),
      /^error: The AWS provider [\d.]+ does not know the instance type of release .* \| ml\.g7e\.2xlarge$/,
    ],
    [
      'an instance type that nobody has listed',
      async (root) =>
        await writeFile(
          path.join(root, 'environments/trial/release.json'),
          JSON.stringify(release({ instanceType: 'ml.m99.large' })),
        ),
      /^warning: The instance type of the live release of trial is not among those .* \| ml\.m99\.large$/,
    ],
    [
      'environments of a service in two regions',
      async (root) =>
        await editJson(root, 'environments/prime/environment.json', (e) => ({ ...e, region: 'us-east-1' })),
      /^error: trial and prime of scoring are in different regions \|/,
    ],
    [
      'further statements for the execution role with a principal',
      async (root) => {
        await editJson(root, 'environments/trial/environment.json', (e) => ({
          ...e,
          iam: { executionPolicyFile: 'further.json' },
        }));
        const statement = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*', Principal: '*' };
        await writeFile(
          path.join(root, 'environments/trial/further.json'),
          JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
        );
      },
      /^error: environments\/trial\/further\.json is not valid .* \| "Principal"$/,
    ],
    ...(
      [
        ['Action', ''],
        ['Resource', []],
        ['Resource', 'bucket'],
        ['Action', 'GetObject'],
      ] as const
    ).map(([key, value]): [string, (root: string) => Promise<void>, RegExp] => [
      `further statements whose ${key} is ${JSON.stringify(value)}`,
      async (root) => {
        await editJson(root, 'environments/trial/environment.json', (e) => ({
          ...e,
          iam: { executionPolicyFile: 'further.json' },
        }));
        const statement = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*', [key]: value };
        await writeFile(
          path.join(root, 'environments/trial/further.json'),
          JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
        );
      },
      new RegExp(`^error: environments/trial/further\\.json is not valid \\| .* at Statement\\[0\\]\\.${key} `),
    ]),
    [
      'ranges for some columns alone, of which no row is made up',
      async (root) =>
        await writeFile(
          path.join(root, 'server/models/scoring/signature.json'),
          JSON.stringify({ inputs: { features: { columns: ['a', 'b', 'c'], ranges: { b: [0, 1] } } } }),
        ),
      /^warning: The review makes up no rows .* \| none for features\.a, features\.c$/,
    ],
    ...['golden.jsonl', 'Signature.json', 'old.onnx', 'model.pkl'].map(
      (name): [string, (root: string) => Promise<void>, RegExp] => [
        `a file of a model folder that nothing reads: ${name}`,
        async (root) => await writeFile(path.join(root, 'server/models/scoring', name), '{}'),
        new RegExp(`^warning: Nothing reads server/models/scoring/${name} .* \\| ${name}$`),
      ],
    ),
    [
      'a review.csv without a header',
      async (root) => await writeFile(path.join(root, 'server/models/scoring/review.csv'), '1.5,2,3\n4,5,6\n'),
      /^error: .*review\.csv has no header \| .* \| 1\.5,2,3$/,
    ],
    ...['environments/trial/smoke.json', 'server/models/scoring/golden.json'].map(
      (file): [string, (root: string) => Promise<void>, RegExp] => [
        `a tolerance above every expected number in ${file}`,
        async (root) =>
          await editJson(root, file, (content) => ({
            ...content,
            cases: [
              {
                ...{ name: 'loose', request: { contentType: 'application/json', json: {} } },
                expect: { status: 200, outputs: { prediction: { value: [1, -2], absolute: 1e300 } } },
              },
            ],
          })),
        new RegExp(
          `^warning: The case "loose" takes 0 for every number .*${file} .* \\| absolute 1e\\+300, .* at most 2$`,
        ),
      ],
    ),
    [
      'smoke cases that ask for no value',
      async (root) =>
        await editJson(root, 'environments/trial/smoke.json', (smoke) => ({
          ...smoke,
          cases: [{ name: 'a', request: { contentType: 'application/json', json: {} }, expect: { status: 200 } }],
        })),
      /^warning: No smoke case of trial asks for a value/,
    ],
  ])('names %s', async (_, change, message) => {
    expect((await check(change)).filter((line) => message.test(line))).toHaveLength(1);
  });

  it('lists every problem of every file', async () => {
    const findings = await check(async (root) => {
      await editJson(root, 'environments/trial/environment.json', (e) => ({ ...e, account: 1, region: 'x' }));
      await writeFile(path.join(root, 'environments/prime/release.json'), '{"live": null,}');
    });
    expect(findings.map((line) => line.split(' | ')[1])).toEqual([
      'environments/prime/release.json line 1, column 15',
      'environments/trial/environment.json at account',
      'environments/trial/environment.json at region',
    ]);
  });

  it('takes a service without a model folder whose releases all name a model in S3', async () => {
    const model = { uri: 's3://models/scoring/1/', digest: `sha256:${'b'.repeat(64)}` };
    const findings = await check(async (root) => {
      await rm(path.join(root, 'server/models/scoring'), { recursive: true });
      await writeFile(path.join(root, 'environments/trial/release.json'), JSON.stringify(release({ model })));
    });
    expect(findings).toEqual([]);
  });

  it('names rows for the review, and an example, that the model refuses', async () => {
    const report = await reportAfter(async (root) => {
      const folder = path.join(root, 'server/models/scoring');
      await writeFile(path.join(folder, 'review.csv'), 'no,such\n1,2\n3,4\n');
      await writeFile(path.join(folder, 'review.jsonl'), '{"none": 1}\n{"features": [1, 2, 3]}\n');
      await writeFile(path.join(folder, 'signature.json'), JSON.stringify({ example: { features: [[1]] } }));
    }, true);
    expect(report.findings.map(({ parts }) => [parts.what, parts.where])).toEqual([
      ['The model of scoring answers no row of server/models/scoring/review.csv', 'server/models/scoring/review.csv'],
      [
        'The model of scoring answers the example of server/models/scoring/signature.json with an error',
        'server/models/scoring/signature.json at example',
      ],
    ]);
  });

  it('names a model that does not start, with the container environment it has', async () => {
    const report = await reportAfter(async (root) => {
      await writeFile(path.join(root, 'server/models/labelling/model.onnx'), 'not a model');
      await writeFile(
        path.join(root, 'environments/trial/release.json'),
        JSON.stringify(release({ environment: { LOG_LEVEL: 'loud' } })),
      );
    }, true);
    // Those of scoring where it does start.
    expect(report.summary).toBe('5 environments, 2 models, 10 questions asked');
    const findings = report.findings.map(inOneLine);
    expect(findings).toHaveLength(2);
    expect(findings.join('\n')).toMatch(
      /The model of labelling does not start in the server \| server\/models\/labelling \|/,
    );
    expect(findings.join('\n')).toMatch(/The model of scoring does not start .* with LOG_LEVEL=loud .*LOG_LEVEL/);
  });

  it('names the case that a model answers otherwise, and the line of its file', async () => {
    const { findings: found } = await reportAfter(async (root) => {
      await edit(root, 'environments/prime/smoke.json', (text) => text.replace('4.8', '5.8'));
      await edit(root, 'server/models/labelling/golden.json', (text) => text.replace('"status": 200', '"status": 422'));
    }, true);
    const changed = path.join(folder, 'changed');
    for (const { parts } of found) {
      const lines = (await readFile(path.join(changed, parts.location?.file ?? ''), 'utf8')).split('\n');
      expect(lines[(parts.location?.line ?? 0) - 1]).toContain('"name": "an ordinary row"');
    }
    expect(
      found
        .map(inOneLine)
        .map((line) => line.split(' | ').slice(0, 2).join(' | '))
        .sort(),
    ).toEqual([
      'error: The model of labelling does not answer the case "an ordinary row" as expected | server/models/labelling/golden.json at case "an ordinary row"',
      'error: The model of scoring does not answer the case "an ordinary row" as expected | environments/prime/smoke.json at case "an ordinary row"',
    ]);
  });
});
