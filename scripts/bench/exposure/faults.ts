import type { Fault } from './model.ts';

/** The faults of the table, and what the table has to show of each. */
export const FAULTS = {
  none: { name: 'none' },
  start: { name: 'wrong from the start', wrong: 'offset' },
  nan: { name: 'NaN', wrong: 'nan' },
  constant: { name: 'constant', wrong: 'constant' },
  tenth: { name: 'wrong for 10 % of inputs, a smoke case among them', wrong: 'offset', inputs: 0.1 },
  hundredth: { name: 'wrong for 1 % of inputs, a smoke case among them', wrong: 'offset', inputs: 0.01 },
  later: { name: 'wrong after 100 requests', wrong: 'offset', afterRequests: 100 },
  fleet: { name: 'only in the fleet: wrong', wrong: 'offset', onlyInFleet: true },
  fleetNan: { name: 'only in the fleet: NaN', wrong: 'nan', onlyInFleet: true },
  fleetConstant: { name: 'only in the fleet: constant', wrong: 'constant', onlyInFleet: true },
  instance: { name: 'only in the fleet: one instance of four', wrong: 'offset', onlyInFleet: true, instances: 1 },
  fleetTenth: { name: 'only in the fleet: 10 % of inputs', wrong: 'offset', onlyInFleet: true, inputs: 0.1 },
  fleetHundredth: { name: 'only in the fleet: 1 % of inputs', wrong: 'offset', onlyInFleet: true, inputs: 0.01 },
  unasked: { name: 'wrong for 10 % of inputs that no smoke case asks', wrong: 'offset', inputs: 0.1, isUnasked: true },
  slower15: { name: 'slower by 1.5', slower: 1.5 },
  slower2: { name: 'slower by 2', slower: 2 },
  slower9: { name: 'slower by 9', slower: 9 },
  errors: { name: 'errors of 1 %', errors: 0.01 },
} as const satisfies Readonly<Record<string, Fault>>;

export type FaultId = keyof typeof FAULTS;

/** Faults that the smoke cases can tell without a fleet. */
export const TOLD_ALONE: readonly FaultId[] = ['start', 'nan', 'constant', 'tenth', 'hundredth'];
/** Faults that show in the fleet only, in every answer of an instance to a smoke case. */
export const FLEET_ONLY: readonly FaultId[] = ['later', 'fleet', 'fleetNan', 'fleetConstant', 'instance'];
