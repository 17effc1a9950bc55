/** Names of clients. */
import { clientNumberMax } from '../limits.ts';

/** The client that knows the true time: who asks it over the network meets the network's rules. */
export const timeServer = 'time';

const digitsMax = String(clientNumberMax).length;

/** Matches the names of clients that call, c1 to c9999. */
export const callerNamePattern = `^c[1-9][0-9]{0,${digitsMax - 1}}$`;
const callerName = new RegExp(callerNamePattern);

/** Whether a client that calls may have this name. */
export function isCallerName(name: string): boolean {
  return callerName.test(name);
}

/** Whether a member is a client, where nothing but its name is known: in a recording. */
export function isClientName(name: string): boolean {
  return name === timeServer || /^c\d+$/.test(name);
}
