/** The client that knows the true time: who asks it over the network meets the network's rules. */
export const timeServer = 'time';

/** Whether a member is a client, where nothing but its name is known: in a recording. */
export function isClientName(name: string): boolean {
  return name === timeServer || /^c\d+$/.test(name);
}
