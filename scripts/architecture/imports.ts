import path from 'node:path';
import ts from 'typescript';

/** The modules that a source file imports or re-exports, as they are written. */
export function importsOf(fileName: string, source: string): readonly string[] {
  const file = ts.createSourceFile(fileName, source, ts.ScriptTarget.Latest, false);
  const specifiers: string[] = [];
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
      if (ts.isStringLiteral(node.moduleSpecifier)) specifiers.push(node.moduleSpecifier.text);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      if (argument !== undefined && ts.isStringLiteral(argument)) specifiers.push(argument.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return specifiers;
}

/** A part of the house: the files that belong to it, and what they may import. */
interface Layer {
  readonly name: string;
  readonly files: RegExp;
  /** Layers it may import besides itself. */
  readonly layers: readonly string[];
  /** Packages it may import; undefined where any will do. */
  readonly packages?: readonly string[];
}

/** A subject of the domain: what it is about, and the subjects that it may import. */
interface Subject {
  readonly about: string;
  readonly imports: readonly string[];
}

/** The subjects of the domain. Each may import only subjects above it, so there is no cycle among them. */
export const SUBJECTS: Readonly<Record<string, Subject>> = {
  errors: { about: 'errors that a person can act on', imports: [] },
  text: { about: 'untrusted text in Markdown and in logs, documents of a bounded size', imports: [] },
  page: { about: 'the shell and the style of HTML pages', imports: [] },
  'action-inputs': { about: 'parsers for inputs of actions', imports: ['errors'] },
  json: { about: 'decoding, canonical and lossless JSON', imports: ['errors'] },
  image: { about: 'image manifests, docker commands, the bill of materials', imports: ['errors', 'json'] },
  release: { about: 'release.json and release ids', imports: ['errors', 'json'] },
  endpoint: { about: 'what SageMaker describes', imports: [] },
  environment: { about: 'environment.json and the names made from it', imports: ['errors', 'json', 'release', 'text'] },
  promotion: { about: 'promotion chains and proposals', imports: ['environment', 'errors', 'release'] },
  changes: { about: 'what changed paths touch', imports: ['image', 'promotion'] },
  smoke: { about: 'smoke cases, baselines, verdicts', imports: ['errors', 'json', 'release'] },
  'model-review': {
    about: 'what a model answers differently from the one before',
    imports: ['errors', 'json', 'page', 'smoke', 'text'],
  },
  replay: {
    about: 'what captured requests would be answered differently',
    imports: ['environment', 'json', 'model-review', 'text'],
  },
  probe: {
    about: 'questions to green while it bakes, its comparison with blue',
    imports: ['environment', 'smoke'],
  },
  ledger: {
    about: 'facts, attempts, standings of releases, rollback targets',
    imports: ['endpoint', 'environment', 'errors', 'release'],
  },
  provenance: {
    about: 'what proves where an artifact comes from',
    imports: ['environment', 'ledger', 'release'],
  },
  swap: {
    about: 'the swap: preflight, state machine, report',
    imports: ['endpoint', 'environment', 'errors', 'ledger', 'probe', 'release', 'smoke'],
  },
  doctor: {
    about: 'settings that a deployment rests on, on GitHub above all',
    imports: ['environment', 'errors', 'probe', 'text'],
  },
  notification: { about: 'what people are told by a webhook, and its signature', imports: ['errors'] },
  drift: { about: 'differences between Git, Terraform and AWS', imports: ['endpoint', 'environment', 'release'] },
  board: {
    about: 'the page of what runs where: environments, figures, stories',
    imports: ['environment', 'errors', 'json', 'ledger', 'page', 'promotion', 'release', 'smoke'],
  },
  cost: {
    about: 'what the instances of an environment cost',
    imports: ['environment', 'json', 'release', 'text'],
  },
  plan: {
    about: 'Terraform plans: summary, warnings, comment',
    imports: ['cost', 'environment', 'errors', 'json', 'model-review', 'probe', 'release', 'text'],
  },
};

/** The subject of the domain that a file belongs to, by its path in the repository; undefined outside the domain. */
export function subjectOf(file: string): string | undefined {
  return /^actions\/lib\/domain\/([^/]+)\//.exec(file)?.[1];
}

// They compute and touch nothing.
const PURE = ['zod', 'hono/html', 'd3-scale', 'node:crypto', 'node:path', 'node:zlib'];

const LAYERS: readonly Layer[] = [
  {
    name: 'testing',
    files: /^actions\/lib\/testing\//,
    layers: ['adapters', 'operations', 'ports', 'domain', 'no layer'],
  },
  // What AWS offers, as Terraform reads it too.
  { name: 'lists', files: /^terraform\/modules\/inference-endpoint\/aws\/[^/]+\.json$/, layers: [] },
  { name: 'domain', files: /^actions\/lib\/domain\//, layers: ['lists'], packages: PURE },
  { name: 'ports', files: /^actions\/lib\/ports\//, layers: ['domain'], packages: ['zod'] },
  { name: 'operations', files: /^actions\/lib\/operations\//, layers: ['ports', 'domain'], packages: ['zod'] },
  { name: 'adapters', files: /^actions\/lib\/adapters\//, layers: ['ports', 'domain'] },
  { name: 'inputs', files: /^actions\/[^/]+\/inputs\.ts$/, layers: ['domain'], packages: ['zod'] },
  {
    name: 'main',
    files: /^actions\/[^/]+\/main\.ts$/,
    layers: ['inputs', 'run', 'adapters', 'operations', 'ports', 'domain'],
  },
  {
    name: 'run',
    files: /^actions\/[^/]+\//,
    layers: ['inputs', 'operations', 'ports', 'domain'],
    packages: PURE,
  },
  // Proofs start the built server from outside.
  { name: 'proof', files: /^server\/proof\//, layers: ['server', 'no layer'] },
  { name: 'server', files: /^server\//, layers: [] },
];

/** The layer that a file belongs to, by its path in the repository; undefined where none claims it. */
export function layerOf(file: string): string | undefined {
  return LAYERS.find((layer) => layer.files.test(file))?.name;
}

/**
 * The imports of a file that its layer doesn't allow, each as a sentence.
 *
 * @param file path in the repository, with `/`
 */
export function forbiddenImports(file: string, source: string): readonly string[] {
  const layer = LAYERS.find((candidate) => candidate.files.test(file));
  if (layer === undefined) return [];
  return importsOf(file, source).flatMap((specifier) => {
    if (!specifier.startsWith('.')) {
      if (layer.packages === undefined || layer.packages.includes(specifier)) return [];
      return [`${file} imports ${specifier}: ${layer.name} may import only ${layer.packages.join(', ')}`];
    }
    const target = path.posix.join(path.posix.dirname(file), specifier);
    const targetLayer = layerOf(target) ?? 'no layer';
    const allowed = targetLayer === layer.name || layer.layers.includes(targetLayer);
    if (!allowed) return [`${file} (${layer.name}) imports ${target} (${targetLayer})`];
    return forbiddenSubject(file, target);
  });
}

function forbiddenSubject(file: string, target: string): readonly string[] {
  const [from, to] = [subjectOf(file), subjectOf(target)];
  if (from === undefined || to === undefined || from === to) return [];
  const allowed = Object.hasOwn(SUBJECTS, from) ? (SUBJECTS[from]?.imports ?? []) : [];
  return allowed.includes(to)
    ? []
    : [`${file} imports ${target}: the subject ${from} may import only ${allowed.join(', ') || 'no other subject'}`];
}

/** A workspace of the repository that can be published on its own. */
export interface Package {
  /** Folder in the repository, with `/`. */
  readonly folder: string;
  readonly name: string;
  /** Specifiers that others may import: the name, or the name and a subpath. */
  readonly entries: readonly string[];
  /** Names of the packages in `dependencies` and `devDependencies`. */
  readonly dependencies: readonly string[];
}

/**
 * The imports of a file that break the border of a package, each as a sentence: a package imports its own files and declared
 * dependencies, and others import only its public entries.
 *
 * @param file path in the repository, with `/`
 */
export function importsAcrossPackages(file: string, source: string, packages: readonly Package[]): readonly string[] {
  const packageOf = (target: string): Package | undefined =>
    packages.find(({ folder }) => target.startsWith(`${folder}/`));
  const own = packageOf(file);
  return importsOf(file, source).flatMap((specifier) => {
    if (specifier.startsWith('.')) {
      const target = path.posix.join(path.posix.dirname(file), specifier);
      if (packageOf(target) === own) return [];
      return [`${file} imports ${target}: a package is imported by its name, and imports no file outside its folder`];
    }
    if (specifier.startsWith('node:')) return [];
    const name = specifier
      .split('/')
      .slice(0, specifier.startsWith('@') ? 2 : 1)
      .join('/');
    if (own !== undefined && !own.dependencies.includes(name))
      return [`${file} imports ${specifier}: ${own.folder}/package.json does not declare ${name}`];
    const entries = packages.find((candidate) => candidate.name === name)?.entries;
    if (entries === undefined || entries.includes(specifier)) return [];
    return [`${file} imports ${specifier}: the public entries are ${entries.join(', ')}`];
  });
}
