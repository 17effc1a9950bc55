/** The options of a start, for all verbs that start nodes. */
import * as Type from 'typebox';
import { program } from '../texts.ts';

/** A module, or the words of a command. */
export type ProgramWords = string | readonly string[];

export const programSchema = (description: string) =>
  Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1, maxItems: 1000 })], {
    description,
  });

export interface Start {
  readonly wipe: boolean;
  /** Null: the program that the node ran before. */
  readonly program: ProgramWords | null;
}

const options = Type.Object(
  {
    wipe: Type.Optional(Type.Boolean({ description: 'start with an empty disk' })),
    program: Type.Optional(
      programSchema(
        'the program to run from now on: a ready program, a file, the one that the cluster was started with, or any executable as a list of words',
      ),
    ),
  },
  { additionalProperties: false },
);

export const startOptions = {
  options,
  texts: { program },
  read: ({ wipe = false, program }: Type.Static<typeof options>): Start => ({
    wipe,
    program: program ?? null,
  }),
};
