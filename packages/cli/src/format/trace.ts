/** The formats of `trace` that write the facts of a recording one by one. */
import { type FateEvent, printable, roundedDuration, type TraceEvent } from '@faultline/protocol';

import type { Folded } from './fold.ts';

export interface TraceFormat {
  readonly describes: string;
  /** Precedes the first fact. */
  readonly head?: string;
  /** `startMs`: true time at which the run began. */
  line(fact: TraceEvent | Folded, startMs: number): string;
}

/** Lines are written one by one, perhaps while the cluster runs: columns have widths that usually fit. */
const widths = [13, 11, 7, 14, 5, 26] as const;

export const traceFormats: Readonly<Record<string, TraceFormat>> = {
  text: {
    describes: 'a table',
    head: row(['TIME', 'MESSAGE', 'LINK', 'TYPE', 'BYTES', 'FATE', 'RULES']),
    line: (fact, startMs) => row(cellsOf(fact, startMs)),
  },
  jsonl: {
    describes: 'one JSON object a line',
    line: (fact) => JSON.stringify(fact),
  },
};

type Cells = readonly [
  time: string,
  message: string,
  link: string,
  type: string,
  bytes: string,
  fate: string,
  rules: string,
];

function row(cells: Cells): string {
  return cells
    .map((cell, i) => printable(cell.replaceAll(/\s*\n\s*/g, ' ')).padEnd(widths[i] ?? 0))
    .join('  ')
    .trimEnd();
}

function cellsOf(fact: TraceEvent | Folded, startMs: number): Cells {
  const at = (atMs: number): string => `+${((atMs - startMs) / 1000).toFixed(6)}s`;
  const time = at(fact.atMs);
  switch (fact.kind) {
    case 'folded': {
      const { count, links, types, bodyBytes, fate, untilMs, rules } = fact;
      const link = links.length === 1 ? links[0]! : `${links.length} links`;
      const until = `${fate} until ${at(untilMs)}`;
      const bytes = String(bodyBytes);
      return [time, `${count} messages`, link, types.join(', '), bytes, until, rules.join()];
    }
    case 'fate': {
      const { id, copy, src, dest, type, bodyBytes, rules } = fact;
      const message = copy > 0 ? `${id}/${copy}` : id;
      return [time, message, `${src}>${dest}`, type, String(bodyBytes), fateOf(fact), rules.join()];
    }
    case 'receive':
      return [time, fact.id, fact.node, '', '', `received: ${fact.did}`, ''];
    case 'handled':
      return [
        time,
        fact.id,
        fact.node,
        '',
        '',
        fact.error === undefined ? `handler: ${fact.outcome}` : `handler threw: ${fact.error}`,
        '',
      ];
    case 'local':
      return [time, '', fact.node, fact.name, '', JSON.stringify(fact.data), ''];
    case 'link':
      return [time, '', fact.name, '', '', `${fact.up ? 'joined' : 'left'} the router`, ''];
    case 'start':
      return [time, '', 'router', '', '', 'a router starts', ''];
    case 'rule':
      return [time, '', 'router', '', '', `rule ${fact.change}`, fact.id];
  }
}

function fateOf({ fate, altered, atMs, arrivedMs }: FateEvent): string {
  const changed = altered === true ? ', altered' : '';
  if (fate !== 'delivered' || atMs <= arrivedMs) return `${fate}${changed}`;
  return `delivered after ${roundedDuration(atMs - arrivedMs)}${changed}`;
}
