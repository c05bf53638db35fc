import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readKnownEnvironments } from '../../actions/lib/adapters/checkout/known-environments.ts';
import { PRICES_FILE } from '../../actions/lib/domain/cost/prices.ts';
import { parseCommandLine, runCommand, UsageError } from '../command-line.ts';
import { readPriceList, REGION_INDEX } from './price-list.ts';

const USAGE = `Writes the prices of an instance-hour of real-time hosting into ${PRICES_FILE}, for the regions of the environments.
With that file the comment on a pull request shows what a change costs in money. The prices are AWS's public on-demand
prices; discounts of your account are yours to write into the file.

  npm run prices [-- options]

  --region REGION  a region; may be given several times (default: those of the environments)
  --index URL      the region index of SageMaker's price list
                   (default: ${REGION_INDEX})
  --root DIR       the repository (default: the current folder)`;

await runCommand('npm run prices', USAGE, async () => {
  const { values } = parseCommandLine({
    options: {
      region: { type: 'string', multiple: true },
      index: { type: 'string', default: REGION_INDEX },
      root: { type: 'string', default: '.' },
    },
  });
  const root = path.resolve(values.root);
  const { environments } = await readKnownEnvironments(root, (message) => console.error(message));
  const regions = [...new Set(values.region ?? environments.map(({ region }) => region))].sort();
  if (regions.length === 0) {
    throw new UsageError({
      what: 'No region is known',
      where: path.join(root, 'environments'),
      expected: 'an environment, or --region',
      found: 'neither',
    });
  }
  const prices = await readPriceList(values.index, regions);
  const file = { $schema: './prices.schema.json', ...prices };
  await writeFile(path.join(root, PRICES_FILE), `${JSON.stringify(file, undefined, 2)}\n`);
  for (const [region, types] of Object.entries(prices.regions)) {
    console.log(`${region}: ${String(Object.keys(types).length)} instance types, in ${prices.currency}`);
  }
  console.log(`Wrote ${PRICES_FILE}: commit it.`);
});
