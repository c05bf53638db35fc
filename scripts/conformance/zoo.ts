import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { renderTable } from '../text-table.ts';
import { holdAgainstBare, type HeldModel } from './zoo-comparison.ts';
import { readZoo } from './zoo-models.ts';
import { classifierSpecimens, specimensOfPackage, type Specimen } from './zoo-specimens.ts';

/** Answers under load of each model, at least. */
const leastAnswers = 640;

export interface ZooOptions {
  /** Only the models whose name has this text. */
  readonly filter: string;
  /** Answers in all; models whose rows share runs get more of them. */
  readonly answers: number;
  readonly report: (line: string) => void;
}

/** Compares real models from npm, and classifiers with a ZipMap, with bare onnxruntime-node. True if no answer is wrong. */
export async function runZoo({ filter, answers, report }: ZooOptions): Promise<boolean> {
  const folder = await mkdtemp(path.join(tmpdir(), 'zoo-'));
  try {
    const specimens = (await collect(filter, folder)).filter(({ name }) => name.includes(filter));
    if (specimens.length === 0) throw new Error(`no model of the zoo has "${filter}" in its name`);
    const share = Math.ceil(answers / specimens.length);
    const held: HeldModel[] = [];
    let left = answers;
    for (const [index, specimen] of specimens.entries()) {
      const extra = Math.max(0, Math.ceil(left / (specimens.length - index)));
      const result = await holdAgainstBare(specimen, (isBatched) =>
        Math.max(leastAnswers, isBatched ? extra : Math.min(share, leastAnswers)),
      );
      left -= result.answers;
      held.push(result);
      report(`${specimen.name}: ${result.answers} answers, ${result.wrong} wrong`);
    }
    report(renderZoo(held));
    return held.every(({ wrong }) => wrong === 0);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function collect(filter: string, folder: string): Promise<Specimen[]> {
  const packages = (await readZoo()).filter(({ package: name, models }) =>
    models.some(({ file }) => `${name}/${path.basename(file, '.onnx')}`.includes(filter)),
  );
  const real: Specimen[] = [];
  for (const each of packages) real.push(...(await specimensOfPackage(each, folder)));
  return [...real, ...(await classifierSpecimens(folder))];
}

function renderZoo(held: readonly HeldModel[]): string {
  const rows = held.map(
    ({ specimen, batching, batchingReason, answers, wrong, largestDifference, bound, firstFault }) => [
      specimen.name,
      specimen.what,
      batching,
      String(answers),
      largestDifference === 0 ? 'equal' : largestDifference.toExponential(1),
      batching === 'on' ? String(bound) : 'equal',
      wrong === 0 ? 'ok' : `${wrong} WRONG`,
      (firstFault ?? batchingReason).slice(0, 100),
    ],
  );
  const header = ['model', 'what', 'batching', 'answers', 'largest difference', 'bound', 'result', 'note'];
  const total = held.reduce((sum, { answers }) => sum + answers, 0);
  const wrong = held.reduce((sum, model) => sum + model.wrong, 0);
  return `${renderTable(header, rows)}\n\n${held.length} models, ${total} answers, ${wrong} wrong`;
}
