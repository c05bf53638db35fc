import path from 'node:path';
import { readLocalAction, type LocalAction } from '../syntax/action-file.ts';
import { interpolate, type Contexts, type Status } from '../syntax/expressions.ts';
import {
  contextsOf,
  searchPath,
  statusOf,
  type Frame,
  type JobRun,
  type JobState,
  type StepResult,
} from './job-state.ts';
import { keepOutputs, ProgramFailure, runProcess, type ProcessScope } from './script-step.ts';
import { parseUses, THIRD_PARTY_ACTIONS } from '../syntax/third-party-actions.ts';
import type { Step } from '../syntax/workflow-model.ts';

/** Runs nested steps; passed as an argument, since steps and actions contain each other. */
type RunSteps = (
  run: JobRun,
  state: JobState,
  frame: Frame,
  steps: readonly Step[],
  onResult: (result: StepResult) => void,
) => Promise<void>;

type Scope = ProcessScope & { readonly own: Readonly<Record<string, string>> };

/** Runs the action of a step: an action of the repository, or the stand-in of a third-party action. */
export async function runAction(
  run: JobRun,
  state: JobState,
  frame: Frame,
  step: Step,
  scope: Scope,
  runSteps: RunSteps,
): Promise<void> {
  const { contexts, status } = scope;
  const uses = step.uses ?? '';
  const given = Object.fromEntries(
    Object.entries(step.with).map(([key, value]) => [key.toLowerCase(), interpolate(String(value), contexts, status)]),
  );
  if (!uses.startsWith('./')) {
    await runStandIn(run, state, frame, step, scope, given);
    return;
  }
  const action = await readLocalAction(path.join(state.workspace, uses));
  const inputs = completeInputs(uses, given, action.inputs, contexts, status);
  if (action.kind === 'node') await runNodeAction(run, state, frame, step, scope, action, inputs);
  else await runCompositeAction(run, state, frame, step, scope, action, inputs, runSteps);
}

async function runNodeAction(
  run: JobRun,
  state: JobState,
  frame: Frame,
  step: Step,
  scope: Scope,
  action: LocalAction & { readonly kind: 'node' },
  inputs: Readonly<Record<string, string>>,
): Promise<void> {
  const uses = step.uses ?? '';
  const environment = {
    ...Object.fromEntries(
      Object.entries(inputs).map(([key, value]) => [`INPUT_${key.replaceAll(' ', '_').toUpperCase()}`, value]),
    ),
    GITHUB_ACTION: step.id ?? uses,
    GITHUB_ACTION_PATH: action.folder,
  };
  if (action.hasPre) {
    // As on GitHub, where the job is set up before the checkout.
    const message = `\`pre\` execution is not supported for local action from '${uses}'`;
    run.log.write(`warning: ${message}`);
    state.annotations.push({ level: 'warning', message });
  }
  let kept: ReadonlyMap<string, string> = new Map();
  const start = async (file: string, from: Readonly<Record<string, string>>, signal: AbortSignal) =>
    await runProcess(run, state, frame, step.id, {
      ...{ command: process.execPath, argv: [file], cwd: state.workspace },
      ...{ environment: { ...from, ...environment }, signal },
    });
  const { post } = action;
  if (post !== undefined) {
    state.posts.push({
      name: step.name ?? uses,
      condition: post.condition,
      run: async (signal) => {
        const saved = Object.fromEntries([...kept].map(([name, value]) => [`STATE_${name}`, value]));
        await start(post.file, { ...state.environment, ...scope.own, ...saved, PATH: searchPath(state) }, signal);
      },
    });
  }
  try {
    kept = await start(action.main, scope.environment, scope.signal);
  } catch (error) {
    if (error instanceof ProgramFailure) kept = error.state;
    throw error;
  }
}

// https://docs.github.com/en/actions/reference/workflows-and-actions/reusing-workflow-configurations
const DEEPEST = 10;

async function runCompositeAction(
  run: JobRun,
  state: JobState,
  frame: Frame,
  step: Step,
  scope: Scope,
  action: LocalAction & { readonly kind: 'composite' },
  inputs: Readonly<Record<string, string>>,
  runSteps: RunSteps,
): Promise<void> {
  const depth = (frame.composite?.depth ?? 0) + 1;
  if (depth > DEEPEST) throw new Error(`${step.uses ?? ''} is nested deeper than ${DEEPEST} composite actions`);
  const inner: Frame = {
    steps: {},
    failed: false,
    composite: { inputs, folder: action.folder, environment: { ...frame.composite?.environment, ...scope.own }, depth },
  };
  const failures: string[] = [];
  // Its steps share the time limit of the step that uses it.
  await runSteps(
    { ...run, signal: scope.signal },
    state,
    inner,
    action.steps,
    ({ name, outcome, conclusion, error }) => {
      run.log.write(`    ${name}: ${outcome}${error === undefined ? '' : `: ${error}`}`);
      if (conclusion === 'failure' || conclusion === 'cancelled') failures.push(`${name}: ${error ?? conclusion}`);
    },
  );
  const contexts = contextsOf(run, state, inner);
  const values = Object.entries(action.outputs).map(
    ([name, template]) => [name, interpolate(template, contexts, statusOf(run, inner))] as const,
  );
  keepOutputs(frame, step.id, values);
  const [first] = failures;
  if (first !== undefined) throw new Error(first);
}

async function runStandIn(
  run: JobRun,
  state: JobState,
  frame: Frame,
  step: Step,
  scope: Scope,
  given: Readonly<Record<string, string>>,
): Promise<void> {
  const uses = step.uses ?? '';
  const parsed = parseUses(uses);
  const published = parsed === undefined ? undefined : THIRD_PARTY_ACTIONS.get(parsed.name);
  const standIn = parsed === undefined ? undefined : run.standIns.get(parsed.name);
  if (parsed === undefined || published === undefined || standIn === undefined) {
    throw new Error(`the local runner has no stand-in for ${uses}: it has ${[...run.standIns.keys()].join(', ')}`);
  }
  if (parsed.ref !== published.commit)
    throw new Error(`${uses} is not the pinned release ${published.version} (${published.commit})`);
  const inputs = completeInputs(uses, given, published.inputs, scope.contexts, scope.status);
  const { environment, signal } = scope;
  const { workspace } = state;
  const answer = await standIn(inputs, { ...run.standInContext, workspace, environment, log: run.log, signal });
  for (const target of [state.environment, state.exported]) Object.assign(target, answer.environment ?? {});
  state.path.push(...(answer.path ?? []));
  keepOutputs(frame, step.id, Object.entries(answer.outputs ?? {}));
}

/** The inputs of an action with its defaults. @throws Error for an undeclared or missing input. */
function completeInputs(
  uses: string,
  given: Readonly<Record<string, string>>,
  declared: Readonly<
    Record<string, { readonly required?: boolean | undefined; readonly default?: string | undefined }>
  >,
  contexts: Contexts,
  status: Status,
): Readonly<Record<string, string>> {
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(declared, name));
  if (unknown.length > 0) {
    throw new Error(
      `unexpected input ${unknown.join(', ')} of ${uses}: it declares ${Object.keys(declared).join(', ')}`,
    );
  }
  return Object.fromEntries(
    Object.entries(declared).map(([name, { required, default: fallback }]) => {
      const value = given[name] ?? (fallback === undefined ? '' : interpolate(fallback, contexts, status));
      if (required === true && value === '') throw new Error(`input required and not supplied: ${name} of ${uses}`);
      return [name, value];
    }),
  );
}
