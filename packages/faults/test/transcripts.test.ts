/**
 * Scenarios as text: `transcripts/*.txt` has a script and its results side by side. Lines that begin with `>`
 * are the script and `#` is a comment; `vitest run FILE --update` writes the rest.
 *
 *   > seed 42
 *   > add KIND LINKS name=value …      first, after, every, type, replies, for and id are the rule's,
 *                                      other names its settings
 *   > send n1>n2 TYPE [reply] [xN]     the fate of the message: for each copy its outcome, its
 *                                      delay and the rules that touched it
 *   > pattern n1>n2 N                  the fates of N messages, x for lost
 *   > at 5s                            lets rules expire
 *   > remove r1    clear    list    report
 */
import { readdirSync, readFileSync } from 'node:fs';
import { FaultlineError, parseDuration } from '@faultline/protocol';
import { expect, test } from 'vitest';
import { type Copy, decide, explain, RuleSet, ruleKinds } from '../src/index.ts';

const folder = new URL('./transcripts/', import.meta.url);
const ofRule = new Set(['type', 'replies', 'first', 'after', 'every', 'for']);

class Session {
  rules = new RuleSet(0);
  nowMs = 0;

  run(line: string): string[] {
    const [command = '', ...words] = (line.match(/(?:[^\s']|'[^']*')+/g) ?? []).map((word) =>
      word.replaceAll("'", ''),
    );
    try {
      return this.command(command, words);
    } catch (error) {
      if (!(error instanceof FaultlineError)) throw error;
      // A new kind of rule changes no transcript.
      const message = error.message.replace([...ruleKinds.keys()].join(', '), 'KINDS');
      return [`${error.code}: ${message}`];
    }
  }

  command(command: string, words: string[]): string[] {
    const [first = '', ...rest] = words;
    switch (command) {
      case 'seed':
        this.rules = new RuleSet(first);
        return [];
      case 'add':
        return [this.add(first, rest)];
      case 'send':
        return this.send(first, rest);
      case 'pattern':
        return [this.pattern(first, Number(rest[0]))];
      case 'report':
        return this.rules
          .reports()
          .map(({ rule, edges, ...sums }) => `${rule}: ${JSON.stringify(sums)}`);
      case 'at':
        this.nowMs = parseDuration(first);
        return this.rules.expire(this.nowMs).map(({ id }) => `${id} is over`);
      case 'remove':
        this.rules.remove(first);
        return [];
      case 'clear':
        this.rules.clear();
        return [];
      case 'list':
        return this.rules.list().map(({ id, spec }) => `${id}: ${explain(spec)}`);
      default:
        throw new Error(`no such command: ${command}`);
    }
  }

  add(kind: string, [links, ...pairs]: string[]): string {
    const spec: Record<string, unknown> = { kind, links };
    const settings: Record<string, unknown> = {};
    let id: string | undefined;
    for (const pair of pairs) {
      const [name = '', text = ''] = pair.split('=');
      const value = /^(\d+|true|false)$/.test(text) ? JSON.parse(text) : text;
      if (name === 'id') id = text;
      else if (ofRule.has(name)) spec[name] = value;
      else settings[name] = value;
    }
    const rule = this.rules.add({ ...spec, settings }, { id, nowMs: this.nowMs });
    return `${rule.id}: ${explain(rule.spec)}`;
  }

  pattern(link: string, count: number): string {
    const [src = '', dest = ''] = link.split('>');
    const edge = this.rules.edge(src, dest);
    const message = { type: '', isReply: false, bodyBytes: 100 };
    return Array.from({ length: count }, () =>
      decide(edge, message, this.nowMs)?.[0]?.outcome === 'lost' ? 'x' : '.',
    ).join('');
  }

  send(link: string, [type = '', ...words]: string[]): string[] {
    const [src = '', dest = ''] = link.split('>');
    const edge = this.rules.edge(src, dest);
    const count = Number(words.find((word) => /^x\d+$/.test(word))?.slice(1) ?? 1);
    const message = { type, isReply: words.includes('reply'), bodyBytes: 100 };
    return Array.from({ length: count }, () => {
      const verdict = decide(edge, message, this.nowMs);
      const fates = verdict === null ? 'deliver' : verdict.map(describeCopy).join(' | ');
      return `${String(edge.ordinal).padStart(3)}  ${fates}`;
    });
  }
}

function describeCopy({ outcome, delayMs, keepOrder, rules, reason, alterations }: Copy): string {
  const delay = delayMs === 0 ? '' : ` +${delayMs.toFixed(1)}ms`;
  const by = rules.length === 0 ? '' : ` (${rules.join(' ')})`;
  const why = reason === undefined ? '' : `: ${reason}`;
  const changes = (alterations ?? []).map((change) => ` ${JSON.stringify(change)}`).join('');
  return `${outcome}${why}${delay}${keepOrder ? ' in order' : ''}${changes}${by}`;
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
