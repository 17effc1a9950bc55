/**
 * Courses of events to read: each file in transcripts/ is a script with what every step leads to, message
 * by message. The commands:
 *
 *   nodes N [setting=N …]   N nodes start             run 100ms      nothing goes wrong for 100 ms
 *   tick n1                 its timer goes off        pass n1>n2     the next message on that link arrives
 *   write n1                its disk finishes         settle         everything on its way is done
 *   ask n1 write x 1        a client asks             drop n1>n2     all messages on that link are lost
 *   crash n1, start n1      partition n1 | n2,n3, heal, members n1,n2,…   logs
 */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Entry } from '../../src/raft/log.ts';
import type { Message } from '../../src/raft/messages.ts';
import type { DiskRecord } from '../../src/raft/persistence.ts';
import type { Effect } from '../../src/raft/state.ts';
import { Simulation } from './helpers/simulation.ts';

const folder = new URL('./transcripts/', import.meta.url);

class Session {
  #simulation = new Simulation({ nodes: 1 });
  #lines: string[] = [];
  /** While much happens at once, messages are left out. */
  #isBrief = false;

  run(line: string): string[] {
    this.#lines = [];
    const [command = '', ...words] = line.trim().split(/\s+/);
    this.#isBrief = command === 'run' || command === 'settle' || command === 'nodes';
    this.#command(command, words);
    return this.#lines;
  }

  #command(command: string, words: readonly string[]): void {
    const simulation = this.#simulation;
    const [first = ''] = words;
    const [from = '', to = ''] = first.split('>');
    switch (command) {
      case 'nodes': {
        const settings = Object.fromEntries(
          words.slice(1).map((word) => [word.split('=')[0]!, Number(word.split('=')[1])]),
        );
        this.#simulation = new Simulation({ nodes: Number(first), settings });
        this.#simulation.onEffect = (node, effect) => this.#print(node, effect);
        break;
      }
      case 'run':
        simulation.run(Number.parseInt(first, 10));
        break;
      case 'settle':
        simulation.settle();
        break;
      case 'tick':
        simulation.tickOf(first);
        break;
      case 'pass':
        if (!simulation.pass(from, to)) this.#lines.push('nothing is on its way');
        break;
      case 'drop':
        simulation.flight = simulation.flight.filter((one) => one.from !== from || one.to !== to);
        break;
      case 'write':
        simulation.writeAll(first);
        break;
      case 'crash':
        simulation.crash(first);
        break;
      case 'start':
        simulation.start(first);
        break;
      case 'members':
        simulation.setMembers(first.split(','));
        break;
      case 'partition':
        simulation.partition(
          ...words
            .join('')
            .split('|')
            .map((group) => group.split(',')),
        );
        break;
      case 'heal':
        simulation.heal();
        break;
      case 'ask': {
        const [, type = '', key = '', ...values] = words;
        const fields = type === 'cas' ? { from: values[0], to: values[1] } : { value: values[0] };
        simulation.request(first, { type, key, ...fields });
        break;
      }
      case 'logs':
        for (const { id, raft } of simulation.running) {
          const { role, term, log, commit } = raft!.state;
          const entries = log.after(0).map((entry, i) => `${log.first + i}:${describe(entry)}`);
          const snapshot = log.first > 1 ? `[..${log.first - 1}] ` : '';
          this.#lines.push(
            `${id} ${role} term ${term} commit ${commit}  ${snapshot}${entries.join(' ')}`,
          );
        }
        break;
      default:
        throw new Error(`no such command: ${command}`);
    }
  }

  #print(node: string, effect: Effect): void {
    const say = (text: string): void => void this.#lines.push(`${node} ${text}`);
    switch (effect.do) {
      case 'send':
        if (!this.#isBrief) this.#lines.push(`${node}>${effect.to} ${inWords(effect.message)}`);
        break;
      case 'persist':
        if (!this.#isBrief) say(`writes ${effect.records.map(recordInWords).join(', ')}`);
        break;
      case 'rewrite':
        if (!this.#isBrief) say('makes its log on disk shorter');
        break;
      case 'apply':
        say(
          `applies ${effect.index}:${describe(effect.entry)}${effect.isRepeat ? ' again: nothing' : ''}`,
        );
        break;
      case 'reply':
        say(`answers ${effect.client} ${JSON.stringify(effect.body)}`);
        break;
      case 'role':
        say(`is ${effect.role}`);
        break;
      case 'event':
        if (effect.name !== 'members') say(`event ${effect.name} ${JSON.stringify(effect.data)}`);
        break;
      case 'left':
        say('may go');
        break;
      case 'wake':
        break;
    }
  }
}

function inWords({ type, ...fields }: Message): string {
  const shown = Object.entries(fields).map(([name, value]) => {
    if (name === 'entries') return `entries=[${(value as Entry[]).map(describe).join(' ')}]`;
    if (name === 'chunk') return `chunk of ${(value as string).length} characters`;
    return `${name}=${typeof value === 'object' ? JSON.stringify(value) : value}`;
  });
  return [type, ...shown].join(' ');
}

/** The term, and what it says. */
function describe(entry: Entry): string {
  if (entry.kind === 'noop') return `t${entry.term}(no-op)`;
  if (entry.kind === 'members') return `t${entry.term}(${entry.voters.join(',')})`;
  const { key } = entry.command;
  const value = entry.command.type === 'write' ? entry.command.value : entry.command.to;
  return `t${entry.term}(${key}=${JSON.stringify(value)})`;
}

function recordInWords(record: DiskRecord): string {
  if ('entry' in record) return `${record.index}:${describe(record.entry)}`;
  if ('snapshot' in record) return `a snapshot of 1..${record.snapshot.index}`;
  return `term ${record.term} vote ${record.vote}`;
}

test.each(readdirSync(folder).sort())('%s', async (name) => {
  const session = new Session();
  const script = readFileSync(new URL(name, folder), 'utf8').split('\n');
  const lines = script
    .filter((line) => /^[>#]/.test(line))
    .flatMap((line) => {
      if (line.startsWith('#')) return [line];
      return [line, ...session.run(line.slice(1)).map((output) => `  ${output}`), ''];
    });
  await expect(`${lines.join('\n').trim()}\n`).toMatchFileSnapshot(new URL(name, folder).pathname);
});
