import { renderPath } from '../json/file.ts';
import type { AttributeChange } from './diff.ts';
import type { ReleaseChange, ReleaseFacts } from './summary.ts';
import { isHiddenContainerValue } from './redact.ts';
import { findRelease, liveRelease, type Release, type ReleaseFile } from '../release/release.ts';

/** What a change of `release.json` means for what is served: the live release of the base branch against that of the head. */
export function releaseChange(
  base: ReleaseFile | undefined,
  head: ReleaseFile,
  visibleKeys: ReadonlySet<string>,
): ReleaseChange {
  const from = base === undefined ? undefined : liveRelease(base);
  const to = liveRelease(head);
  if (to === undefined) return from === undefined ? { kind: 'none' } : { kind: 'withdrawn', from: factsOf(from) };
  if (from?.id === to.id) return { kind: 'unchanged', live: factsOf(to) };
  const environment = environmentChanges(from?.spec.environment ?? {}, to.spec.environment, visibleKeys);
  if (base === undefined || from === undefined) return { kind: 'first', to: factsOf(to), environment };
  const known = findRelease(base, to.id) !== undefined;
  return { kind: 'changed', from: factsOf(from), to: factsOf(to), known, environment };
}

function factsOf(release: Release): ReleaseFacts {
  const { spec, source } = release;
  return {
    id: release.id,
    image: spec.image,
    model: spec.model === null ? null : `${spec.model.uri} (${spec.model.digest})`,
    instanceType: spec.instanceType,
    instanceCount: spec.instanceCount,
    startupTimeoutSeconds: spec.startupTimeoutSeconds,
    commit: source.commit,
    promotedFrom: source.promotedFrom,
  };
}

function environmentChanges(
  from: Readonly<Record<string, string>>,
  to: Readonly<Record<string, string>>,
  visibleKeys: ReadonlySet<string>,
): AttributeChange[] {
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
  return keys.flatMap((key) => {
    const [before, after] = [own(from, key), own(to, key)];
    if (before === after) return [];
    const show = (value: string | undefined): AttributeChange['before'] => {
      if (value === undefined) return { kind: 'absent' };
      if (isHiddenContainerValue(['environment', key], visibleKeys)) return { kind: 'hidden' };
      return { kind: 'value', text: JSON.stringify(value) };
    };
    return [{ path: renderPath([key]), before: show(before), after: show(after), forcesReplacement: false }];
  });
}

function own(entries: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(entries, key) ? entries[key] : undefined;
}
