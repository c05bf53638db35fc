/**
 * Writes what AWS offers, from the installed botocore, this machine's time zones and the pinned AWS provider, into
 * terraform/modules/inference-endpoint/aws: `npx tsx scripts/generate/aws-lists.ts`. Terraform and the parsers read the files.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { z } from 'zod';
import { ROOT } from '../build.ts';

// Names that a time zone database holds beside IANA's.
const NO_ZONES = /^(?:posix|right)\/|^(?:Factory|localtime|posixrules)$/;

const PROVIDER = '5.100.0';
const CONFIG = `
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "${PROVIDER}" }
  }
}
resource "aws_sagemaker_endpoint_configuration" "x" {
  production_variants {
    model_name    = "x"
    instance_type = "none"
  }
}
`;

const READ = `
import botocore, datetime, json, os, zoneinfo
from botocore.loaders import Loader
data = Loader()
model = data.load_service_model('sagemaker', 'service-2')
partitions = data.load_data('endpoints')['partitions']
print(json.dumps({
  'version': botocore.__version__,
  'date': datetime.date.fromtimestamp(os.path.getmtime(botocore.__file__)).isoformat(),
  'types': model['shapes']['ProductionVariantInstanceType']['enum'],
  'regions': {r: p['partition'] for p in partitions for r in p['services'].get('api.sagemaker', {}).get('endpoints', {}) if r in p['regions']},
  'zones': sorted(zoneinfo.available_timezones()),
}))
`;

const found = z.object({
  version: z.string(),
  date: z.iso.date(),
  types: z.array(z.string()),
  regions: z.record(z.string(), z.string()),
  zones: z.array(z.string()),
});

const python = spawnSync('python3', ['-c', READ], { encoding: 'utf8', maxBuffer: 1 << 24 });
if (python.status !== 0) throw new Error(`python3 with botocore is needed:\n${python.stderr}`);
const { version, date, types, regions, zones } = found.parse(JSON.parse(python.stdout));
const botocore = `botocore ${version}`;
await write('instance-types', {
  source: `${botocore}: ProductionVariantInstanceType of SageMaker's API model`,
  date,
  types: types.sort(),
  // The provider refuses what its SDK did not know, with a message of hundreds of types.
  provider: PROVIDER,
  notInProvider: await typesUnknownTo(types),
});
await write('regions', {
  source: `${botocore}: endpoints of api.sagemaker`,
  date,
  regions: Object.fromEntries(Object.entries(regions).sort()),
});
await write('time-zones', {
  source: 'IANA time zone database, as Application Auto Scaling takes its names',
  date,
  zones: zones.filter((zone) => !NO_ZONES.test(zone)),
});

/** The types that the AWS provider refuses, which tells all that it takes when it refuses one. */
async function typesUnknownTo(types: readonly string[]): Promise<readonly string[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'aws-lists-'));
  try {
    await writeFile(path.join(folder, 'main.tf'), CONFIG);
    const run = (...argv: readonly string[]) => spawnSync('terraform', argv, { cwd: folder, encoding: 'utf8' });
    const init = run('init', '-input=false', '-backend=false');
    if (init.status !== 0) throw new Error(`terraform with the AWS provider ${PROVIDER} is needed:\n${init.stderr}`);
    const { stdout } = run('validate', '-json');
    const taken = new Set([...stdout.matchAll(/ml\.[a-z0-9-]+\.[a-z0-9]+/g)].map(([type]) => type));
    return types.filter((type) => !taken.has(type));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function write(name: string, value: unknown): Promise<void> {
  const file = path.join(ROOT, 'terraform/modules/inference-endpoint/aws', `${name}.json`);
  const options = await resolveConfig(file);
  await writeFile(file, await format(JSON.stringify(value), { ...options, parser: 'json' }));
}
