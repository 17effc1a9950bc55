/**
 * The processes of Jepsen: each does one thing at a time and is never heard of again once an operation
 * of it ended in `info`. A client here may have several operations open, and continues after an unknown
 * one, so its operations go to processes: each to the first of its own that is free.
 */

interface Joined {
  readonly type: 'invoke' | 'ok' | 'fail' | 'info';
  /** The client. */
  readonly process: string;
  readonly f: string;
  readonly node?: string;
  /** What an invocation and its end have in common; an operation that never left has none. */
  readonly message?: string | null;
}

interface Process {
  readonly client: string;
  /** What joins its open operation with its end; null: it is free. */
  open: string | null;
  isRetired: boolean;
}

/** Each entry with the number of its process. Omits the end of an operation whose beginning is not there. */
export function* onProcesses<E extends Joined>(
  entries: Iterable<E>,
): Generator<readonly [entry: E, process: number]> {
  const processes: Process[] = [];
  for (const entry of entries) {
    const { type, process: client } = entry;
    const join = joinOf(entry);
    const has = (open: string): number =>
      processes.findIndex((each) => each.client === client && each.open === open);
    let number: number;
    if (type === 'invoke') {
      number = processes.findIndex(
        (each) => each.client === client && each.open === null && !each.isRetired,
      );
      if (number < 0) number = processes.push({ client, open: null, isRetired: false }) - 1;
      processes[number]!.open = join;
    } else {
      number = has(join);
      // The operation may have had no message yet when it began.
      if (number < 0) number = has(joinOf({ ...entry, message: null }));
      if (number < 0) continue;
      processes[number]!.open = null;
      processes[number]!.isRetired = type === 'info';
    }
    yield [entry, number];
  }
}

const joinOf = ({ message, node, f }: Joined): string => message ?? `${node} ${f}`;
