import { endpointName, VARIANT_NAME, type NamedEnvironment } from '../environment/names.ts';

const HOUR_MILLISECONDS = 3_600_000;

/** The folders of the last hours of an environment's captured data, the newest first; the current hour is among them. */
export function capturedFolders(environment: NamedEnvironment, now: number, hours: number): readonly string[] {
  return Array.from({ length: hours }, (_, ago) => {
    const hour = new Date(now - ago * HOUR_MILLISECONDS).toISOString().slice(0, 13);
    return `${endpointName(environment)}/${VARIANT_NAME}/${hour.replace(/[-T]/g, '/')}/`;
  });
}

/** The first of every list, then the second of every list, and so on: however few are taken, they come from all lists. */
export function takeInTurn<Item>(lists: readonly (readonly Item[])[]): readonly Item[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, index) => lists.flatMap((list) => list.slice(index, index + 1))).flat();
}
