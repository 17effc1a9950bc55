/** Parts of the network that cannot reach each other, and the shapes that they can have. */
import * as Type from 'typebox';
import { clusterVerb } from '../cluster-verb.ts';
import { duration, groups, nodes } from '../texts.ts';

export const partition = clusterVerb({
  name: 'partition',
  summary: 'cut the network into parts, in the place of an earlier partition',
  route: { method: 'POST', path: '/v1/partition' },
  options: Type.Object(
    {
      groups: Type.Optional(
        Type.String({
          description: 'sides that cannot reach each other',
          examples: ['minority | majority', 'n1,n2 | rest'],
        }),
      ),
      isolate: Type.Optional(
        Type.String({
          description: 'nodes that each stand alone',
          examples: ['n1', 'leader', 'random:1'],
        }),
      ),
      bridge: Type.Optional(
        Type.String({
          description: 'the node that still sees both halves',
          examples: ['n1', 'leader', 'random:1'],
        }),
      ),
      ring: Type.Optional(
        Type.Boolean({ description: 'every node sees a majority, and no two the same one' }),
      ),
      oneWay: Type.Optional(
        Type.Boolean({
          description: 'cut only messages from a side to the sides named behind it',
        }),
      ),
      clients: Type.Optional(
        Type.Boolean({ description: 'with isolate: from clients too, and from the time server' }),
      ),
      time: Type.Optional(Type.Boolean({ description: 'with isolate: from the time server too' })),
      owner: Type.Optional(
        Type.String({
          description:
            'who cuts: it takes the place of an earlier partition of the same owner, and `heal --owner` ends it',
          examples: ['ops'],
        }),
      ),
      for: Type.Optional(
        Type.String({ description: 'heal by itself after this long', examples: ['10s'] }),
      ),
    },
    { additionalProperties: false, minProperties: 1 },
  ),
  texts: { groups, isolate: nodes, bridge: nodes, for: duration },
  answer: 'RulesChanged',
  errors: ['BAD_SELECTOR', 'NODE_UNKNOWN'],
  isFault: true,
  undo: 'rules',
  read: (options) => options,
  forms: {
    partition: {
      summary: 'cut the network into sides that cannot reach each other',
      subject: { options: ['groups'], argument: '<groups>' },
      options: ['oneWay', 'owner', 'for'],
      help: {
        examples: [
          "partition 'n1,n2 | n3,n4,n5'",
          "partition 'minority | majority'",
          [
            "partition 'n1 | rest' --one-way",
            'the others receive nothing from n1, and n1 receives everything',
          ],
          "partition 'n1 | n2 | n3' --for 10s",
          [
            "partition 'n5 | rest' --owner ops",
            'beside the partition of another owner; `heal --owner ops` ends it',
          ],
        ],
      },
    },
    isolate: {
      summary: 'cut nodes off from all other nodes, each one alone; clients still reach them',
      subject: { options: ['isolate'], argument: '<nodes...>' },
      options: ['oneWay', 'clients', 'time', 'owner', 'for'],
      help: {
        examples: [
          'isolate n3',
          'isolate n1 n2',
          'isolate leader --for 5s',
          ['isolate n3 --clients', 'clients do not reach it either'],
          ['isolate n3 --time', 'clients reach it, and it cannot synchronize its clock'],
        ],
      },
    },
    bridge: {
      summary: 'cut the others in two halves; only this node sees both',
      subject: { options: ['bridge'], argument: '<node>' },
      options: ['oneWay', 'owner', 'for'],
      help: { examples: ['bridge n3'] },
    },
    ring: {
      summary: 'every node sees a majority, and no two the same one',
      options: ['owner', 'for'],
      says: { ring: true },
      help: { examples: ['ring'] },
    },
  },
});
