/**
 * Lets newcomers in as they come, at most `perTurn` in one turn of the event loop. Of those that have to wait the newest
 * and the oldest go first, by turns: when hundreds of clients connect at once, a health check that comes just before or
 * after them does not wait for all of them. `defer` calls back after the current turn.
 */
export function createAdmission<T>(
  perTurn: number,
  admit: (newcomer: T) => void,
  defer: (callback: () => void) => void,
): (newcomer: T) => void {
  const waiting: T[] = [];
  let admitted = 0;
  let isPlanned = false;
  const plan = (): void => {
    if (isPlanned) return;
    isPlanned = true;
    defer(() => {
      isPlanned = false;
      for (admitted = 0; admitted < perTurn; admitted++) {
        const next = admitted % 2 === 0 ? waiting.pop() : waiting.shift();
        if (next === undefined) break;
        admit(next);
      }
      if (admitted > 0) plan();
    });
  };
  return (newcomer) => {
    plan();
    if (admitted >= perTurn) {
      waiting.push(newcomer);
      return;
    }
    admitted++;
    admit(newcomer);
  };
}
