/** What `--help` of a command adds to the summary and the generated flags. */
export interface Help<Option extends string = string> {
  /** Flags that differ from the generated ones, such as `--descriptors [count]`. */
  readonly flags?: Readonly<Partial<Record<Option, string | Flag>>>;
  readonly notes?: string;
  /** Command lines without `pnpm cluster`, with an explanation if they are not obvious. */
  readonly examples: readonly (string | readonly [line: string, does: string])[];
}

/** A flag that is not simply an option. */
export interface Flag {
  /** Such as `--strobe <delta/period>`. */
  readonly flag: string;
  /** Default: the option's. */
  readonly description?: string;
  /** The options that it sets. `beside`: the options of flags without `read`. Throws BAD_REQUEST. */
  readonly read?: (typed: Typed, beside: Readonly<Record<string, unknown>>) => object;
}

/** A list for a flag that accepts several words; true if its value was omitted. */
export type Typed = string | true | readonly string[];
