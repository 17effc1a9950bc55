/** Commands about the network: partition, isolate, bridge, ring, heal, link, rules, unlink, held, release. */
import { FaultlineError, type Partition, type RulesChanged } from '@faultline/protocol';
import type { Command } from 'commander';
import { connect, type GlobalOptions, print } from '../context.ts';
import { formatRules } from '../format/status.ts';
import { wholeNumber } from '../parse.ts';
import { addHeld } from './held.ts';

export function addFaultCommands(program: Command): void {
  addPartition(program);
  addLink(program);
  program
    .command('heal')
    .description('remove every rule; held messages go on')
    .action(async (_, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions>();
      printChange(options, await connect(options).heal());
    });
  program
    .command('rules')
    .description('list the rules in force')
    .action(async (_, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions>();
      const rules = await connect(options).rules();
      print(options, rules, () => formatRules(rules));
    });
  program
    .command('unlink')
    .description('remove rules; the others stay')
    .argument('<rules...>', 'their ids')
    .addHelpText('after', '\nExample:\n  pnpm cluster unlink r1 r4')
    .action(async (rules: string[], _, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions>();
      printChange(options, await connect(options).removeRules(...rules));
    });
  addHeld(program);
}

interface PartitionOptions extends GlobalOptions {
  readonly oneWay?: boolean;
  readonly for?: string;
}

function addPartition(program: Command): void {
  const shapes: readonly [string, string, string, (argument: string) => Partition][] = [
    [
      'partition',
      '<groups>',
      'cut the network into sides that cannot reach each other',
      (groups) => ({ groups }),
    ],
    [
      'isolate',
      '<nodes...>',
      'cut nodes off from everybody, each one alone',
      (isolate) => ({ isolate }),
    ],
    [
      'bridge',
      '<node>',
      'cut the others in two halves; only this node sees both',
      (bridge) => ({ bridge }),
    ],
    ['ring', '', 'everybody sees a majority, no two the same one', () => ({ ring: true })],
  ];
  const examples: Readonly<Record<string, string>> = {
    partition: `  pnpm cluster partition 'n1,n2 | n3,n4,n5'
  pnpm cluster partition 'minority | majority'
  pnpm cluster partition 'n1 | rest' --one-way      n1 is heard by nobody, and hears all
  pnpm cluster partition 'n1 | n2 | n3' --for 10s`,
    isolate:
      '  pnpm cluster isolate n3\n  pnpm cluster isolate n1 n2\n  pnpm cluster isolate leader --for 5s',
    bridge: '  pnpm cluster bridge n3',
    ring: '  pnpm cluster ring',
  };
  for (const [name, argument, description, shape] of shapes) {
    const command = program
      .command(`${name}${argument === '' ? '' : ` ${argument}`}`)
      .description(description)
      .option('--for <duration>', 'heal by itself after this long')
      .addHelpText('after', `\nExamples:\n${examples[name]}`);
    if (name === 'partition' || name === 'isolate') {
      command.option('--one-way', 'cut only messages from a side to the sides named behind it');
    }
    command.action(async (...given: unknown[]) => {
      const self = given.at(-1) as Command;
      const options = self.optsWithGlobals<PartitionOptions>();
      const partition: Partition = {
        ...shape(String(given[0])),
        ...(options.oneWay ? { oneWay: true } : {}),
        ...(options.for === undefined ? {} : { for: options.for }),
      };
      printChange(options, await connect(options).partition(partition));
    });
  }
}

interface LinkOptions extends GlobalOptions {
  readonly delay?: string;
  readonly keepOrder?: boolean;
  readonly loss?: string;
  readonly duplicate?: string;
  readonly reorder?: string;
  readonly hold?: boolean;
  readonly cut?: boolean;
  readonly type?: string;
  readonly replies?: boolean;
  readonly requests?: boolean;
  readonly first?: number;
  readonly after?: number;
  readonly every?: number;
  readonly for?: string;
}

function addLink(program: Command): void {
  program
    .command('link <links>')
    .description('bend links: delay, lose, duplicate, reorder, hold or cut what passes')
    .option(
      '--delay <delay>',
      "'50ms', '50ms ± 10ms', '10ms..90ms', 'exp 50ms', 'lognormal 50ms p99 400ms', 'pareto 50ms alpha 1.5'",
    )
    .option('--keep-order', 'delayed messages do not overtake each other')
    .option('--loss <percent>', 'lose this share of messages')
    .option('--duplicate <percent>', 'deliver this share twice')
    .option(
      '--reorder <percent>',
      'this share is not delayed and overtakes the others; needs a delay',
    )
    .option('--hold', 'keep messages until they are released')
    .option('--cut', 'let nothing through')
    .option('--type <type>', 'only messages of this type; a * at the end stands for any rest')
    .option('--replies', 'only replies')
    .option('--requests', 'only messages that are no replies')
    .option('--first <count>', 'only the first so many on each link', wholeNumber(1, 1e9))
    .option('--after <count>', 'not the first so many on each link', wholeNumber(0, 1e9))
    .option('--every <count>', 'only every so-manyeth on each link', wholeNumber(1, 1e9))
    .option('--for <duration>', 'end by itself after this long')
    .addHelpText(
      'after',
      `
Links: 'n1>n2' one way, 'n1<>n2' both, 'n1>*' from n1 to every node, '*' between all nodes,
'clients>n1' from clients; several joined by ';'.

Examples:
  pnpm cluster link 'n1>n2' --delay '50ms ± 10ms' --loss 5%
  pnpm cluster link 'n1>c1' --loss 100% --replies --first 1    lose the reply, not the request
  pnpm cluster link '*' --delay 'lognormal 20ms p99 400ms'
  pnpm cluster link 'n1<>n2' --hold --type entries`,
    )
    .action(async (links: string, _, self: Command) => {
      const options = self.optsWithGlobals<LinkOptions>();
      printChange(options, await connect(options).addRules(rulesOf(links, options)));
    });
}

function rulesOf(links: string, options: LinkOptions): Record<string, unknown>[] {
  if (options.replies && options.requests) {
    throw new FaultlineError(
      'BAD_REQUEST',
      '--replies and --requests contradict each other: name one of them',
    );
  }
  const match = {
    links,
    ...(options.type === undefined ? {} : { type: options.type }),
    ...(options.replies ? { replies: true } : {}),
    ...(options.requests ? { replies: false } : {}),
    ...(options.first === undefined ? {} : { first: options.first }),
    ...(options.after === undefined ? {} : { after: options.after }),
    ...(options.every === undefined ? {} : { every: options.every }),
    ...(options.for === undefined ? {} : { for: options.for }),
  };
  const actions: [kind: string, settings: Record<string, unknown> | undefined][] = [
    ['cut', options.cut ? {} : undefined],
    ['loss', options.loss === undefined ? undefined : { probability: options.loss }],
    ['duplicate', options.duplicate === undefined ? undefined : { probability: options.duplicate }],
    [
      'delay',
      options.delay === undefined
        ? undefined
        : { delay: options.delay, ...(options.keepOrder ? { keepOrder: true } : {}) },
    ],
    ['reorder', options.reorder === undefined ? undefined : { probability: options.reorder }],
    ['hold', options.hold ? {} : undefined],
  ];
  const rules = actions.flatMap(([kind, settings]) =>
    settings === undefined ? [] : [{ ...match, kind, settings }],
  );
  if (rules.length === 0) {
    throw new FaultlineError(
      'BAD_REQUEST',
      'expected what to do to the link: --delay, --loss, --duplicate, --reorder, --hold or --cut',
    );
  }
  if (options.keepOrder && options.delay === undefined) {
    throw new FaultlineError('BAD_REQUEST', '--keep-order is about delayed messages: add --delay');
  }
  return rules;
}

function printChange(options: GlobalOptions, change: RulesChanged): void {
  print(options, change, () => {
    const lines = [
      ...change.removed.map(({ id, explains }) => `${id} removed: ${explains}`),
      ...change.added.map(({ id, explains }) => `${id} added: ${explains}`),
    ];
    return lines.length === 0 ? 'nothing to do: there are no rules' : lines.join('\n');
  });
}
