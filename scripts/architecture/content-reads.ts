import path from 'node:path';
import ts from 'typescript';

/** Files of the product in the folders of content. */
const PRODUCT = /^environments\/(?:README\.md|[a-z]+\.schema\.json)$/;
const CONTENT = /^(?:environments|server\/models|terraform\/bootstrap\/accounts)(?:\/|$)/;
/** Functions that read the content of the repository that they are given, or of this one where they are given none. */
const READERS = new Set([
  'listEnvironments',
  'readEnvironmentFolder',
  'generateEnvironmentFiles',
  'modelsOfRepository',
]);

/**
 * The places where a file names content of this repository, each as a sentence. Paths are computed as far as they are
 * constant: from `import.meta`, from the root that scripts/build.ts exports, and from literals.
 *
 * @param fileName path in the repository, with `/`
 */
export function contentReads(fileName: string, source: string): readonly string[] {
  const file = ts.createSourceFile(fileName, source, ts.ScriptTarget.Latest, true);
  const values = constantsOf(file);
  const problems: string[] = [];
  const report = (node: ts.Node, what: string): void => {
    const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
    problems.push(
      `${fileName}:${String(line + 1)} reads ${what}: bring the sample team instead (scripts/testing/sample-team)`,
    );
  };
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      const paths = pathsOf(node, fileName, values, 0);
      for (const found of paths) if (CONTENT.test(found) && !PRODUCT.test(found)) report(node, found);
      const [root] = node.arguments ?? [];
      const isReader = ts.isIdentifier(node.expression) && READERS.has(node.expression.text);
      if (isReader && (root === undefined || pathsOf(root, fileName, values, 0).includes('.')))
        report(node, `environments or models with ${node.expression.getText(file)}`);
      // The paths within a path are those of its folders.
      if (paths.length > 0) return;
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return problems;
}

/** What each name may stand for: what a `const` is set to, or the elements that a loop goes over. */
function constantsOf(file: ts.SourceFile): ReadonlyMap<string, readonly ts.Expression[]> {
  const values = new Map<string, readonly ts.Expression[]>();
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name)) {
      const loop = node.parent.parent;
      if (node.initializer !== undefined) values.set(node.name.text, [node.initializer]);
      else if (ts.isForOfStatement(loop) && ts.isArrayLiteralExpression(loop.expression))
        values.set(node.name.text, loop.expression.elements);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return values;
}

/** The paths in the repository that an expression may be; none where that is not known. */
function pathsOf(
  node: ts.Expression,
  fileName: string,
  values: ReadonlyMap<string, readonly ts.Expression[]>,
  depth: number,
): readonly string[] {
  const inner = (each: ts.Expression): readonly string[] => pathsOf(each, fileName, values, depth + 1);
  const text = node.getText();
  if (text === 'import.meta.dirname') return [path.posix.dirname(fileName)];
  if (text === 'import.meta.url' || text === 'import.meta.filename') return [fileName];
  if (ts.isIdentifier(node)) {
    const known = values.get(node.text);
    if (known === undefined) return node.text === 'ROOT' ? ['.'] : [];
    return depth > 5 ? [] : known.flatMap(inner);
  }
  if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return [];
  const [first, ...rest] = node.arguments ?? [];
  if (first === undefined) return [];
  const texts = (each: ts.Expression): readonly string[] => textsOf(each, values);
  if (node.expression.getText() === 'URL') {
    const [base] = rest.flatMap(inner);
    return base === undefined
      ? []
      : texts(first).map((relative) => path.posix.join(path.posix.dirname(base), relative));
  }
  if (node.expression.getText() === 'fileURLToPath') return inner(first);
  if (!/^(?:path\.)?(?:posix\.)?(?:join|resolve)$/.test(node.expression.getText())) return [];
  return rest.reduce<readonly string[]>(
    (paths, each) => paths.flatMap((folder) => texts(each).map((name) => path.posix.join(folder, name))),
    inner(first),
  );
}

/** The texts that an expression may be, each with `*` where something is not known. */
function textsOf(node: ts.Expression, values: ReadonlyMap<string, readonly ts.Expression[]>): readonly string[] {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isTemplateExpression(node))
    return [[node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('*')];
  const known = ts.isIdentifier(node) ? (values.get(node.text) ?? []) : [];
  const literals = known.filter((each) => ts.isStringLiteralLike(each));
  return literals.length === 0 ? ['*'] : literals.map(({ text }) => text);
}
