/** What a command's `--help` adds to the summary and the generated flags. */
export interface Help<Option extends string = string> {
  /** Flags that differ from the generated ones, such as `--descriptors [count]`. */
  readonly flags?: Readonly<Partial<Record<Option, string | Flag>>>;
  readonly notes?: string;
  /** Command lines without `pnpm cluster`, each with what it does if that is not obvious. */
  readonly examples: readonly (string | readonly [line: string, does: string])[];
}

/** A flag that is not just an option. */
export interface Flag {
  /** Such as `--strobe <delta/period>`. */
  readonly flag: string;
  /** Left out: the option's. */
  readonly description?: string;
  /** The options that it stands for. `beside`: those of the flags without `read`. Throws BAD_REQUEST. */
  readonly read?: (typed: Typed, beside: Readonly<Record<string, unknown>>) => object;
}

/** Several texts of a flag that takes several words; true if its value was left out. */
export type Typed = string | true | readonly string[];
