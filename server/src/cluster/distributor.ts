import type { Socket } from 'node:net';

/** Passes a connection to a process, which confirms it by the number. */
type PassConnection = (connection: number, socket: Socket) => void;

/** Distributes the connections of a port over processes. */
export interface Distributor<Process> {
  readonly add: (process: Process, pass: PassConnection) => void;
  /** Removes a process that has ended. Other processes get the connections that it has not taken. */
  readonly remove: (process: Process) => void;
  /** The process has a connection now. */
  readonly taken: (process: Process, connection: number) => void;
  /** Passes a connection to the process with the fewest that are not taken, in turn; closes it if there is no process. */
  readonly distribute: (socket: Socket) => void;
}

interface Member {
  readonly pass: PassConnection;
  /** Connections that the process has not taken yet. This process keeps them open: the process may end before it does. */
  readonly waiting: Map<number, Socket>;
}

/** Makes a distributor without processes. */
export function createDistributor<Process>(): Distributor<Process> {
  const members = new Map<Process, Member>();
  let lastConnection = 0;
  const distribute = (socket: Socket): void => {
    let chosen: [Process, Member] | undefined;
    for (const entry of members) {
      if (chosen === undefined || entry[1].waiting.size < chosen[1].waiting.size) chosen = entry;
    }
    if (chosen === undefined) {
      socket.destroy();
      return;
    }
    const [process, member] = chosen;
    // The last in the order of the map: of equal processes the next one gets the next connection.
    members.delete(process);
    members.set(process, member);
    const connection = ++lastConnection;
    member.waiting.set(connection, socket);
    member.pass(connection, socket);
  };
  return {
    distribute,
    add: (process, pass) => void members.set(process, { pass, waiting: new Map() }),
    taken: (process, connection) => {
      const waiting = members.get(process)?.waiting;
      // Closes the copy of this process only: the connection stays open in the other.
      waiting?.get(connection)?.destroy();
      waiting?.delete(connection);
    },
    remove: (process) => {
      const member = members.get(process);
      members.delete(process);
      for (const socket of member?.waiting.values() ?? []) distribute(socket);
    },
  };
}
