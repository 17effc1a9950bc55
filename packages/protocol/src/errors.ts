/**
 * Every error a user can meet, in one table: a stable code, the HTTP status of the control API, and
 * when it happens. `errors.md` beside this package's README documents them. A message says what was
 * expected, what came and what to do; the facts are fields, so that a program can act on them without
 * parsing prose.
 *
 * Bugs are not in here: those are `assert`s.
 */

interface ErrorKind {
  /** HTTP status of the control API. */
  readonly status: number;
  readonly meaning: string;
}

const kinds = {
  BAD_DURATION: { status: 400, meaning: 'text is not a duration such as 50ms, 5s or +1h' },
  BAD_PERCENT: { status: 400, meaning: 'text is not a percentage or a probability' },
  BAD_RATE: { status: 400, meaning: 'text is not a rate such as 100kB/s' },
  BAD_SIZE: { status: 400, meaning: 'text is not a size such as 64kB' },
  BAD_SELECTOR: { status: 400, meaning: 'text is not a selector of nodes, links or groups' },
  BAD_DISTRIBUTION: { status: 400, meaning: 'text is not a delay such as 50ms or 50ms ± 10ms' },
  BAD_RULE: { status: 400, meaning: 'a rule of an unknown kind, or with impossible settings' },
  BAD_REQUEST: { status: 400, meaning: 'a request, flag or argument that does not fit its schema' },
  BAD_FRAME: { status: 400, meaning: 'bytes on a link that are not a frame of the protocol' },
  BAD_RECORDING: { status: 422, meaning: 'the recording in a run directory cannot be read' },
  BODY_TOO_LARGE: { status: 413, meaning: 'a body over the size limit' },
  UNAUTHORIZED: { status: 401, meaning: 'the token or link key is missing or wrong' },
  FOREIGN_HOST: { status: 403, meaning: 'the Host header is not one of this server' },
  FOREIGN_ORIGIN: { status: 403, meaning: 'the request comes from a web page of another origin' },
  NOT_FOUND: { status: 404, meaning: 'no such route, rule or other resource' },
  NODE_UNKNOWN: { status: 404, meaning: 'no node of that name in this cluster' },
  NODE_NOT_RUNNING: { status: 409, meaning: 'the node has no running process to act on' },
  NODE_ALREADY_RUNNING: { status: 409, meaning: 'the node already has a running process' },
  NODE_CANNOT: {
    status: 409,
    meaning: 'the action needs a program that uses the SDK; this node runs another one',
  },
  NODE_START_FAILED: { status: 500, meaning: 'a node did not become ready' },
  PROGRAM_NOT_FOUND: { status: 400, meaning: 'no ready program and no file of that name' },
  PROGRAM_INVALID: { status: 400, meaning: 'the program does not compile or exports no program' },
  CLOCK_CHANGED: {
    status: 409,
    meaning: 'a clock changed each time it was measured, so it could not be synchronized',
  },
  CALL_UNKNOWN: {
    status: 504,
    meaning:
      'no answer in time, or an error that leaves it open: the call may or may not have taken effect',
  },
  CALL_REFUSED: { status: 502, meaning: 'the answer is an error: the call took no effect' },
  LOAD_TOO_SLOW: {
    status: 504,
    meaning: 'clients sent requests more slowly than the load requires',
  },
  PORT_IN_USE: { status: 500, meaning: 'another process listens on the requested port' },
  ROUTER_DOWN: { status: 503, meaning: 'the router process is not running right now' },
  CLUSTER_EXISTS: { status: 409, meaning: 'a cluster of that name is already running' },
  CLUSTER_NOT_FOUND: { status: 404, meaning: 'no running cluster of that name' },
  CLUSTER_UNREACHABLE: { status: 503, meaning: 'the cluster is recorded but does not answer' },
  CLUSTER_STOPPING: { status: 409, meaning: 'the cluster is shutting down' },
  BAD_HISTORY: {
    status: 400,
    meaning: 'text is not a history of operations in the format expected',
  },
  BAD_MODEL: { status: 400, meaning: 'a model whose states cannot be compared' },
  BAD_PLAN: { status: 400, meaning: 'text or data that is not a plan, or a plan that cannot run' },
  WAIT_TIMED_OUT: { status: 504, meaning: 'a wait timed out' },
  DISK_FULL: { status: 507, meaning: 'no space left where the state directory is' },
  DISK_ERROR: { status: 500, meaning: 'a file of the state directory cannot be read or written' },
  DISK_CORRUPT: { status: 500, meaning: "a record on a node's disk is not what was written" },
  DISK_MISMATCH: {
    status: 409,
    meaning: 'disks of an earlier run belong to another program, or to other settings of it',
  },
  INTERNAL: { status: 500, meaning: 'a bug in the tool itself' },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof kinds;
export const ERROR_KINDS: Readonly<Record<ErrorCode, ErrorKind>> = kinds;

export type Facts = Readonly<Record<string, unknown>>;

export class FaultlineError extends Error {
  override readonly name: string = 'FaultlineError';
  readonly code: ErrorCode;
  readonly facts: Facts;

  constructor(code: ErrorCode, message: string, facts: Facts = {}, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.facts = facts;
  }

  get status(): number {
    return ERROR_KINDS[this.code].status;
  }
}

/** The form in which an error crosses the control API. */
export interface ErrorBody {
  readonly error: { readonly code: ErrorCode; readonly message: string; readonly facts: Facts };
}

export function toErrorBody(error: FaultlineError): ErrorBody {
  return { error: { code: error.code, message: error.message, facts: error.facts } };
}

export function isErrorBody(value: unknown): value is ErrorBody {
  const error = (value as Partial<ErrorBody> | null)?.error;
  return (
    typeof error?.message === 'string' &&
    typeof error.code === 'string' &&
    Object.hasOwn(kinds, error.code)
  );
}

/** Whatever was thrown, as an error with a code; the unexpected becomes INTERNAL and keeps its cause. */
export function asFaultlineError(thrown: unknown): FaultlineError {
  if (thrown instanceof FaultlineError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new FaultlineError('INTERNAL', message, {}, { cause: thrown });
}
