/** What a start takes, whichever verb it is part of. */
import * as Type from 'typebox';
import { program } from '../texts.ts';

export interface Start {
  readonly wipe: boolean;
  /** Null: the program that the node ran before. */
  readonly program: string | null;
}

const options = Type.Object(
  {
    wipe: Type.Optional(Type.Boolean({ description: 'start with an empty disk' })),
    program: Type.Optional(
      Type.String({
        description:
          'run another program, or another version, from now on: a ready program, a file, or what the cluster was started with',
      }),
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
