/** Spreads costly work over event-loop turns, so that new connections, and /ping above all, get in between. */
export interface TurnBudget {
  /** Runs a task now while this turn has time left, else in a later turn, in order. */
  readonly spend: (task: () => void) => void;
}

/** Makes a budget of milliseconds for each turn. `defer` calls back after the current turn. */
export function createTurnBudget(
  budgetMilliseconds: number,
  now: () => number,
  defer: (callback: () => void) => void,
): TurnBudget {
  const waiting: (() => void)[] = [];
  let spent = 0;
  let isPlanned = false;
  const runTimed = (task: () => void): void => {
    const started = now();
    task();
    spent += now() - started;
  };
  const plan = (): void => {
    if (isPlanned) return;
    isPlanned = true;
    defer(() => {
      isPlanned = false;
      spent = 0;
      while (spent < budgetMilliseconds) {
        const task = waiting.shift();
        if (task === undefined) return;
        runTimed(task);
      }
      plan();
    });
  };
  return {
    spend: (task) => {
      if (waiting.length > 0 || spent >= budgetMilliseconds) waiting.push(task);
      else runTimed(task);
      plan();
    },
  };
}
