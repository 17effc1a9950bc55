/** The command that places nodes in zones. */
import { type ClusterOptionsOf, clusterForm } from '@faultline/actions';
import { FaultlineError, type GeographyInForce, type ZonePair } from '@faultline/protocol';
import type { Command } from 'commander';
import { connect, type GlobalOptions, print } from '../context.ts';
import { table } from '../format/table.ts';
import { printChange } from './print-change.ts';

interface GeographyOptions extends GlobalOptions {
  readonly between?: readonly string[];
  readonly within?: string;
  readonly across?: string;
  readonly owner?: string;
  readonly for?: string;
  readonly off?: boolean;
}

export function addGeography(program: Command): void {
  program
    .command('geography')
    .description(clusterForm('geography').form.summary)
    .argument('[zones]', 'such as: eu: n1,n2 | us: n3,n4')
    .option(
      '--between <zones-and-network...>',
      'two zones and the network between them: a profile or a one-way delay; may be repeated',
    )
    .option('--within <network>', 'network within a zone (default: same-dc)')
    .option('--across <network>', 'network between zones (default: intercontinental)')
    .option(
      '--owner <owner>',
      'take the place of an earlier geography of this owner only; `heal --owner` ends it',
    )
    .option('--for <duration>', 'end automatically after this long')
    .option('--off', 'remove every geography; with --owner, only that of this owner')
    .addHelpText(
      'after',
      `
Examples:
  pnpm cluster geography 'eu: n1,n2 | us: n3,n4 | ap: n5'
  pnpm cluster geography 'eu: n1,n2 | us: n3' --between eu,us 45ms
  pnpm cluster geography 'home: leader | away: rest' --across cross-region
  pnpm cluster geography                show the geography in force
  pnpm cluster geography 'a: n5 | b: rest' --across 3g --owner ops    beside that of another owner
  pnpm cluster geography --off

pnpm cluster faults lists the named networks.`,
    )
    .action(async (zones: string | undefined, _, self: Command) => {
      const options = self.optsWithGlobals<GeographyOptions>();
      const isOff = options.off === true;
      const hasNetworks = [options.between, options.within, options.across, options.for].some(
        Boolean,
      );
      const isOwned = options.owner !== undefined;
      if (
        isOff ? zones !== undefined || hasNetworks : zones === undefined && (hasNetworks || isOwned)
      ) {
        throw new FaultlineError(
          'BAD_REQUEST',
          "expected zones, such as 'eu: n1,n2 | us: n3', or --off, or no argument to show the geography in force",
        );
      }
      if (isOff) {
        printChange(options, await connect(options).endGeography(ownerOf(options)));
        return;
      }
      if (zones === undefined) {
        const inForce = await connect(options).geographyInForce();
        print(options, inForce, () => formatInForce(inForce));
        return;
      }
      const placed = await connect(options).geography(readGeography(zones, options));
      print(options, placed, () => formatPairs(placed.pairs));
    });
}

function readGeography(zones: string, options: GeographyOptions): ClusterOptionsOf<'geography'> {
  const words = options.between ?? [];
  if (words.length % 2 !== 0) {
    throw new FaultlineError(
      'BAD_REQUEST',
      `--between: expected two zones and the network between them, such as eu,us 90ms; got ${words.join(' ')}`,
    );
  }
  const between = words.flatMap((word, i) =>
    i % 2 === 0 ? [{ zones: word, is: words[i + 1]! }] : [],
  );
  return {
    zones,
    ...(between.length === 0 ? {} : { between }),
    ...(options.within === undefined ? {} : { within: options.within }),
    ...(options.across === undefined ? {} : { across: options.across }),
    ...ownerOf(options),
    ...(options.for === undefined ? {} : { for: options.for }),
  };
}

const ownerOf = ({ owner }: GeographyOptions): { readonly owner?: string } =>
  owner === undefined ? {} : { owner };

function formatInForce({ pairs, endsInMs }: GeographyInForce): string {
  if (pairs.length === 0) return 'no geography in force';
  const ending = endsInMs === null ? '' : `\nends in ${(endsInMs / 1000).toFixed(1)}s`;
  return `${formatPairs(pairs)}${ending}`;
}

export function formatPairs(pairs: readonly ZonePair[]): string {
  const isOwned = pairs.some(({ owner }) => owner !== undefined);
  return table(
    ['ZONES', 'NODES', 'NETWORK', ...(isOwned ? ['OWNER'] : [])],
    pairs.map(({ zones, nodes, is, owner = '-' }) => {
      const isOne = zones[0] === zones[1];
      const sides = isOne ? [nodes[0]!] : nodes;
      return [
        isOne ? `within ${zones[0]}` : zones.join(' <> '),
        sides.map((side) => side.join(',')).join(' <> '),
        is,
        ...(isOwned ? [owner] : []),
      ];
    }),
  );
}
