/** Options that are texts: what such a text is called, and how it is read. */
export interface TextKind {
  /** The placeholder of a flag: `<duration>`. */
  readonly name: string;
  /** Completes "expected …". */
  readonly expected: string;
  /** Throws a FaultlineError that points at what is wrong. */
  readonly parse: (text: string) => unknown;
}
