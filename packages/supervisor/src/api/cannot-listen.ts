/** Why a server could not listen. */
import { FaultlineError } from '@faultline/protocol';

/** PORT_IN_USE, or BAD_REQUEST for an address that is not of this machine. */
export function cannotListen(
  error: NodeJS.ErrnoException,
  { host, port }: { readonly host: string; readonly port: number },
): FaultlineError {
  if (error.code === 'EADDRINUSE') {
    return new FaultlineError(
      'PORT_IN_USE',
      `port ${port} is in use: choose another with --port, or omit it to get a free port`,
      { port },
    );
  }
  return new FaultlineError(
    'BAD_REQUEST',
    `the control API cannot listen on ${host}, port ${port}: ${error.message}`,
    { host, port, errno: error.code },
    { cause: error },
  );
}
