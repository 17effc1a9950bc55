/** What a command's `--help` adds to the summary and the generated flags. */
export interface Help<Option extends string = string> {
  /** Flags that differ from the generated ones, such as `--descriptors [count]`. */
  readonly flags?: Readonly<Partial<Record<Option, string>>>;
  readonly notes?: string;
  /** Command lines without `pnpm cluster`, each with what it does if that is not obvious. */
  readonly examples: readonly (string | readonly [line: string, does: string])[];
}
