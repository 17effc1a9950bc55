/** `disk`: what goes wrong with nodes' disks. */
import { type DiskChange, FaultlineError } from '@faultline/protocol';
import type { Command } from 'commander';
import { connect, type GlobalOptions, print } from '../context.ts';
import { formatNodes } from '../format/status.ts';
import { once } from '../parse.ts';

interface DiskOptions extends GlobalOptions {
  readonly slow?: string;
  readonly full?: boolean;
  readonly error?: string;
  readonly torn?: boolean;
  readonly flip?: true | string;
  readonly off?: boolean;
}

export function addDisk(program: Command): void {
  program
    .command('disk')
    .description('make disks slow, full or faulty, tear a record, flip a bit')
    .argument('<nodes...>', 'n3, n1-n3, minority, random:2, leader, all')
    .option(
      '--slow <delay>',
      "each write takes so long: '20ms', 'lognormal 5ms p99 200ms'",
      once('--slow'),
    )
    .option('--full', 'every write fails with DISK_FULL')
    .option('--error <percent>', 'this share of writes fails with DISK_ERROR', once('--error'))
    .option('--torn', 'a process that ends leaves the last record that it had not synced in part')
    .option('--flip [file]', 'at once, one bit of a record on disk is another')
    .option('--off', 'no faults any more; a bit that was flipped stays flipped')
    .addHelpText(
      'after',
      `
Faults add up, and stay when a node is started again, until --off. Which writes fail and how long each
takes follows from the seed, the node, its start, the file and the number of the write.

What was appended and not synced is lost whenever a process ends: that needs no fault. With --torn a
part of it reaches the disk. A torn record has no end and is left out at the next start. A flipped bit
is found by the next start's checksum: the program's first look at the file throws DISK_CORRUPT. A
node that runs has read its files and does not notice.

Examples:
  pnpm cluster disk n2 --slow 'lognormal 5ms p99 200ms'
  pnpm cluster disk n2 --error 10% --torn
  pnpm cluster disk n3 --full
  pnpm cluster disk n1 --flip entries
  pnpm cluster disk all --off`,
    )
    .action(async (nodes: string[], _, self: Command) => {
      const options = self.optsWithGlobals<DiskOptions>();
      const answer = await connect(options).disk(nodes.join(','), changeOf(options));
      print(options, answer, () => formatNodes(answer.nodes));
    });
}

function changeOf({ slow, full, error, torn, flip, off }: DiskOptions): DiskChange {
  const change: DiskChange = {
    ...(slow === undefined ? {} : { slow }),
    ...(full ? { full } : {}),
    ...(error === undefined ? {} : { error }),
    ...(torn ? { torn } : {}),
    ...(flip === undefined ? {} : { flip: flip === true ? '*' : flip }),
    ...(off ? { off } : {}),
  };
  if (Object.keys(change).length > 0) return change;
  throw new FaultlineError(
    'BAD_REQUEST',
    'expected what is wrong with the disk: --slow, --full, --error, --torn or --flip; or --off',
  );
}
