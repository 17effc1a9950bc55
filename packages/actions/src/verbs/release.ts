/** Releases messages that rules hold or have delayed. */
import { FaultlineError } from '@faultline/protocol';
import * as Type from 'typebox';
import { clusterVerb } from '../cluster-verb.ts';
import { links } from '../texts.ts';

type Waiting =
  | { readonly messages: readonly string[] }
  | { readonly links: string | null; readonly delayed: boolean };

export const release = clusterVerb({
  name: 'release',
  summary:
    'release messages that are held, or still delayed by removed rules: by link, or one by one in a given order',
  route: { method: 'POST', path: '/v1/release' },
  options: Type.Object(
    {
      links: Type.Optional(
        Type.String({ description: 'which links (default: all)', examples: ['*>n3'] }),
      ),
      messages: Type.Optional(
        Type.Array(Type.String({ examples: ['n1.1.345', 'n1.1.345/1'] }), {
          minItems: 1,
          maxItems: 10_000,
          description:
            'single messages, held or delayed, all copies or one; released in this order',
        }),
      ),
      delayed: Type.Optional(
        Type.Boolean({
          default: false,
          description: 'also release messages that are delayed by rules in force',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  texts: { links },
  answer: 'Released',
  errors: ['ROUTER_DOWN'],
  isFault: false,
  /** `links` null: all. Throws BAD_REQUEST. */
  read({ links, messages, delayed = false }): Waiting {
    if (messages === undefined) return { links: links ?? null, delayed };
    if (delayed) {
      throw new FaultlineError(
        'BAD_REQUEST',
        'expected `delayed` with links only: a message that is named is released even if a rule in force delays it',
      );
    }
    if (links === undefined) return { messages };
    throw new FaultlineError('BAD_REQUEST', 'expected links or messages, not both');
  },
  forms: {
    release: {
      summary: 'release messages that are held, or still delayed by removed rules',
      subject: { options: ['links'], argument: '[what...]', otherwise: 'all' },
      options: ['delayed'],
    },
  },
});
