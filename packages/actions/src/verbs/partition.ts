/** Parts of the network that cannot reach each other, in various shapes. */
import * as Type from 'typebox';
import { clusterVerb } from '../cluster-verb.ts';
import { duration, groups, nodes } from '../texts.ts';

export const partition = clusterVerb({
  name: 'partition',
  summary: 'cut the network into parts, replacing an earlier partition',
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
          description: 'nodes to cut off, each on its own',
          examples: ['n1', 'leader', 'random:1'],
        }),
      ),
      bridge: Type.Optional(
        Type.String({
          description: 'the node that still reaches both halves',
          examples: ['n1', 'leader', 'random:1'],
        }),
      ),
      ring: Type.Optional(
        Type.Boolean({ description: 'let each node reach a majority, no two the same one' }),
      ),
      oneWay: Type.Optional(
        Type.Boolean({
          description: 'cut only messages from a side to the sides listed after it',
        }),
      ),
      clients: Type.Optional(
        Type.Boolean({ description: 'with isolate: cut off clients and the time server too' }),
      ),
      time: Type.Optional(
        Type.Boolean({ description: 'with isolate: cut off the time server too' }),
      ),
      owner: Type.Optional(
        Type.String({
          description:
            'owner of the partition: it replaces an earlier one of the same owner, and `heal --owner` ends it',
          examples: ['ops'],
        }),
      ),
      for: Type.Optional(
        Type.String({ description: 'heal automatically after this long', examples: ['10s'] }),
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
            'n1 receives everything, and the others receive nothing from it',
          ],
          "partition 'n1 | n2 | n3' --for 10s",
          [
            "partition 'n5 | rest' --owner ops",
            'in addition to partitions of other owners; `heal --owner ops` ends it',
          ],
        ],
      },
    },
    isolate: {
      summary: 'cut each node off from all other nodes; clients still reach it',
      subject: { options: ['isolate'], argument: '<nodes...>' },
      options: ['oneWay', 'clients', 'time', 'owner', 'for'],
      help: {
        examples: [
          'isolate n3',
          'isolate n1 n2',
          'isolate leader --for 5s',
          ['isolate n3 --clients', 'clients cannot reach it either'],
          ['isolate n3 --time', 'clients still reach it, but it cannot synchronize its clock'],
        ],
      },
    },
    bridge: {
      summary: 'cut the other nodes into two halves; only this node reaches both',
      subject: { options: ['bridge'], argument: '<node>' },
      options: ['oneWay', 'owner', 'for'],
      help: { examples: ['bridge n3'] },
    },
    ring: {
      summary: 'let each node reach a majority, no two the same one',
      options: ['owner', 'for'],
      says: { ring: true },
      help: { examples: ['ring'] },
    },
  },
});
