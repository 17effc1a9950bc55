/** Commands about messages that wait in the router until they are released: held, release. */
import { type ClusterOptionsOf, clusterForm } from '@faultline/actions';
import { copyId, FaultlineError, type HeldMessages, roundedDuration } from '@faultline/protocol';
import type { Command } from 'commander';
import { connect, type GlobalOptions, print } from '../context.ts';
import { table } from '../format/table.ts';
import { wholeNumber } from '../parse.ts';

export function addHeld(program: Command): void {
  program
    .command('held')
    .description('list the messages that are held, oldest first')
    .argument('[links]', 'links (default: all)')
    .option('-n, --lines <count>', 'show the oldest COUNT messages', wholeNumber(1, 10_000), 100)
    .addHelpText(
      'after',
      `
Examples:
  pnpm cluster link 'n1>n2' --hold      hold messages from now on
  pnpm cluster held
  pnpm cluster release n1.1.8 n1.1.7    these two, the later one first`,
    )
    .action(async (links: string | undefined, _, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions & { lines: number }>();
      const held = await connect(options).held({
        ...(links === undefined ? {} : { links }),
        limit: options.lines,
      });
      print(options, held, () => formatHeld(held));
    });
}

export function addRelease(program: Command): void {
  program
    .command('release')
    .description(clusterForm('release').form.summary)
    .argument('[what...]', 'links, or messages in the order of their release (default: all)')
    .option('--delayed', 'also release messages that are delayed by rules in force')
    .addHelpText(
      'after',
      `
Examples:
  pnpm cluster release                   everything that is held
  pnpm cluster release 'n1>n2'           everything that is held on this link
  pnpm cluster release n1.1.8 n1.1.7     these two, in this order
  pnpm cluster release n1.1.8/1          only the first duplicate of a message
  pnpm cluster release --delayed         everything that is held or delayed, by any rule`,
    )
    .action(async (what: string[], _, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions & { delayed?: true }>();
      const delayed = options.delayed === true ? { delayed: true } : {};
      const answer = await connect(options).release({ ...readRelease(what), ...delayed });
      print(options, answer, () => formatReleased(answer.released));
    });
}

/** Links contain an arrow or a star; ids of messages contain neither. */
function readRelease(what: readonly string[]): ClusterOptionsOf<'release'> {
  if (what.length === 0) return {};
  const links = what.filter((word) => /[<>*]/.test(word));
  if (links.length === 0) return { messages: [...what] };
  if (links.length === what.length) return { links: links.join(';') };
  throw new FaultlineError(
    'BAD_REQUEST',
    `expected links or messages, not both: ${what.find((word) => !links.includes(word))} is not a link`,
  );
}

export const formatReleased = (count: number): string =>
  `${count} ${count === 1 ? 'message' : 'messages'} released`;

function formatHeld({ count, bytes, messages }: HeldMessages): string {
  if (count === 0) return 'no messages are held';
  const rows = table(
    ['MESSAGE', 'LINK', 'TYPE', 'BYTES', 'RULE', 'HELD FOR', ''],
    messages.map((message) => [
      copyId(message.id, message.copy),
      `${message.src}>${message.dest}`,
      message.type,
      String(message.bodyBytes),
      message.rule,
      roundedDuration(message.heldMs),
      message.stillDelayedMs > 0 ? `then delayed ${roundedDuration(message.stillDelayedMs)}` : '',
    ]),
  );
  return messages.length === count
    ? rows
    : `${rows}\nand ${count - messages.length} more; together ${bytes} bytes`;
}
