import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../actions/lib/domain/errors/user-error.ts';
import type { PlanJson } from '../../actions/lib/domain/plan/plan-json.ts';
import { replaceFile } from '../replace-file.ts';
import type { Account } from './account.ts';
import type { LockFact } from './facts.ts';
import type { Import, Terraform } from './terraform.ts';
import type { Step } from './plan.ts';
import type { BootstrapSettings } from './settings.ts';

/** What the steps work with. */
export interface Work {
  readonly account: Account;
  readonly terraform: Terraform;
  readonly settings: BootstrapSettings;
  /** Where the settings are written. */
  readonly settingsFile: string;
  /** The lock on the state that was found. */
  readonly lock: LockFact | null;
  /** The imports of the plan that was shown, where that plan was of the state in the bucket; it is applied as it is. */
  readonly plannedImports: readonly Import[] | null;
  /** Compares the account, once its state is locked, with what was shown. @throws UserError when it has changed. */
  readonly recheck: () => Promise<void>;
  /** The changes of a plan that need a flag. */
  readonly dangersOf: (plan: PlanJson) => readonly string[];
  readonly shownDangers: readonly string[];
  /** No step begins after it is aborted. */
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/**
 * Carries out steps in their order. Each may be repeated, so a run that ends anywhere is continued by the next one.
 *
 * @throws UserError of the first step that fails.
 */
export async function carryOut(steps: readonly Step[], work: Work): Promise<void> {
  let unlock: (() => Promise<void>) | undefined;
  try {
    for (const step of steps) {
      work.signal.throwIfAborted();
      if (step.kind !== 'make-state-bucket' && unlock === undefined) {
        unlock = await work.account.lock(work.lock);
        await work.recheck();
      }
      await carryOutStep(step, work);
      work.say(`done: ${describe(step)}`);
    }
  } finally {
    // The next run removes the lock of a process that has ended.
    await unlock?.().catch((error: unknown) => work.say(`The lock was not released: ${String(error)}`));
  }
}

async function carryOutStep(step: Step, work: Work): Promise<void> {
  const { account, terraform, settings } = work;
  switch (step.kind) {
    case 'make-state-bucket':
      await account.makeStateBucket();
      return;
    case 'put-state':
      await account.putState(step.text);
      return;
    case 'add-audience':
      await account.addAudience(step.arn);
      return;
    case 'revoke-egress':
      await account.revokeEgress(step.group, step.rule);
      return;
    case 'apply': {
      const isPlanned = work.plannedImports !== null && work.plannedImports.length === step.imports.length;
      if (!isPlanned) {
        checkDangers(await terraform.plan({ settings, state: { kind: 'bucket' }, imports: step.imports }), work);
      }
      await terraform.apply();
      return;
    }
    case 'destroy':
      await terraform.plan({ settings, state: { kind: 'bucket' }, imports: [], destroy: true });
      await terraform.apply();
      return;
    case 'delete-role':
      await account.deleteRole(step.name);
      return;
    case 'delete-policy':
      await account.deletePolicy(step.arn);
      return;
    case 'delete-repository':
      await account.deleteRepository(step.name);
      return;
    case 'delete-bucket':
      await account.deleteBucket(step.bucket);
      return;
    case 'delete-provider':
      await account.deleteProvider(step.arn);
      return;
    case 'retag-provider':
      await account.retagProvider(step.arn, step.service);
      return;
    case 'write-settings':
      await mkdir(path.dirname(work.settingsFile), { recursive: true });
      await replaceFile(work.settingsFile, renderSettings(settings));
      return;
    case 'remove-file':
      await rm(step.file, { force: true });
      await rm(`${step.file}.backup`, { force: true });
      return;
  }
}

/** The text of a settings file. */
function renderSettings(settings: BootstrapSettings): string {
  return `${JSON.stringify(settings, null, 2)}\n`;
}

/** The account may have changed since the plan was shown. */
function checkDangers(plan: PlanJson, { dangersOf, shownDangers }: Work): void {
  const unseen = dangersOf(plan).filter((danger) => !shownDangers.includes(danger));
  if (unseen.length === 0) return;
  throw accountChanged(shownDangers.join('; ') || 'nothing destroyed, no trust changed', unseen.join('; '));
}

/** What was shown is no longer what would be done. */
export function accountChanged(expected: string, found: string): UserError {
  const what = 'The account has changed since the plan was shown';
  return new UserError({ what, expected, found, remedy: 'Run the command again and read the new plan.' });
}

function describe(step: Step): string {
  switch (step.kind) {
    case 'make-state-bucket':
      return 'the state bucket is there, versioned and tagged';
    case 'put-state':
      return 'the state is in its bucket';
    case 'add-audience':
      return 'the OIDC provider accepts our audience';
    case 'revoke-egress':
      return `security group ${step.group} lets only the traffic out that the module allows`;
    case 'apply':
      return 'Terraform has applied the plan';
    case 'destroy':
      return 'Terraform has destroyed roles and policies';
    case 'delete-role':
      return `role ${step.name} is deleted`;
    case 'delete-policy':
      return `policy ${step.name} is deleted`;
    case 'delete-repository':
      return `image repository ${step.name} is deleted`;
    case 'delete-bucket':
      return `bucket ${step.bucket} is deleted`;
    case 'delete-provider':
      return 'the OIDC provider is deleted';
    case 'retag-provider':
      return `the OIDC provider has the tag Service=${step.service}`;
    case 'write-settings':
      return 'the settings are stored';
    case 'remove-file':
      return `${path.basename(step.file)} is removed`;
  }
}
