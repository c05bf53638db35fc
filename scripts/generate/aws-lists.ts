/**
 * Writes what AWS offers, from the installed botocore and this machine's time zones, into
 * terraform/modules/inference-endpoint/aws: `npx tsx scripts/generate/aws-lists.ts`. Terraform and the parsers read the files.
 */
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { z } from 'zod';
import { ROOT } from '../build.ts';

// Names that a time zone database holds beside IANA's.
const NO_ZONES = /^(?:posix|right)\/|^(?:Factory|localtime|posixrules)$/;

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

async function write(name: string, value: unknown): Promise<void> {
  const file = path.join(ROOT, 'terraform/modules/inference-endpoint/aws', `${name}.json`);
  const options = await resolveConfig(file);
  await writeFile(file, await format(JSON.stringify(value), { ...options, parser: 'json' }));
}
