/** What a program promises its clients, and which faults break that: data, from which documents derive. */

/** The faults that each program has something to say about. */
export const promiseFaults = {
  loss: 'messages are lost',
  duplicates: 'messages arrive twice',
  delays: 'messages are delayed and overtake each other',
  partition: 'some nodes cannot reach others',
  kill: 'a node is killed and started again',
  'kill of all': 'all nodes are killed and started again',
  disk: 'a disk is full, fails or is slow',
  wipe: 'a node starts again with an empty disk',
  clocks: 'clocks jump, drift or stand still',
  'late copies': 'a copy of a request arrives after the node that had the first one was killed',
} as const;

export type PromiseFault = keyof typeof promiseFaults;

export interface Promises {
  readonly summary: string;
  /** What its clients can rely on, as long as no fault breaks it. */
  readonly promise: string;
  /** How the promise breaks, by fault. It holds under every other fault; a node may still not answer. */
  readonly breaks: Readonly<Partial<Record<PromiseFault, string>>>;
}

export const survivedBy = ({ breaks }: Promises): PromiseFault[] =>
  (Object.keys(promiseFaults) as PromiseFault[]).filter((fault) => breaks[fault] === undefined);
