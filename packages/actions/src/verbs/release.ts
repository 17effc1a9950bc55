/** Messages that rules hold, and that go on. */
import { FaultlineError } from '@faultline/protocol';
import * as Type from 'typebox';
import { clusterVerb } from '../cluster-verb.ts';
import { links } from '../texts.ts';

type Held = { readonly messages: readonly string[] } | { readonly links: string | null };

export const release = clusterVerb({
  name: 'release',
  summary: 'let held messages go on: those on some links, or single ones in a given order',
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
          description: 'single messages, all copies or one; they go in this order',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  texts: { links },
  answer: 'Released',
  errors: ['ROUTER_DOWN'],
  isFault: false,
  /** Of links null: all. Throws BAD_REQUEST. */
  read({ links, messages }): Held {
    if (messages === undefined) return { links: links ?? null };
    if (links === undefined) return { messages };
    throw new FaultlineError('BAD_REQUEST', 'links or messages are released, not both at once');
  },
  forms: {
    release: {
      summary: 'let held messages go on; the rule that holds stays',
      subject: { options: ['links'], argument: '[what...]', otherwise: 'all' },
      options: [],
    },
  },
});
