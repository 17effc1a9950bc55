/**
 * One leader per term, from what nodes reported of their role: events `role` with
 * `{ role: 'leader', term: 3 }` (D. Ongaro, J. Ousterhout, Raft, USENIX ATC 2014, figure 3, "Election
 * Safety"). A node that leads the same term again after a restart has forgotten its vote, and is no
 * second leader: that shows when another one does.
 *
 * Leaders of different terms at one time are allowed: an old one may not know yet.
 */
import type { CheckResult, NodeEvent } from '../operation.ts';
import { rounded, shown } from '../shown.ts';
import { Judgement } from './judgement.ts';

export interface SingleLeaderOptions {
  readonly event?: string;
  readonly role?: string;
}

export function checkSingleLeader(
  events: readonly NodeEvent[],
  { event = 'role', role = 'leader' }: SingleLeaderOptions = {},
): CheckResult {
  const judgement = new Judgement('one leader per term');
  const leaders = new Map<string, NodeEvent>();
  let elections = 0;
  for (const one of [...events].sort((a, b) => a.atMs - b.atMs)) {
    if (one.name !== event || one.data.role !== role) continue;
    elections++;
    const { term } = one.data;
    if (typeof term !== 'number' && typeof term !== 'string') {
      judgement.doubt(
        `${one.node} became ${role} at ${rounded(one.atMs)} ms without reporting its term, as in node.event('leader', { term })`,
      );
      continue;
    }
    const name = shown(term);
    const first = leaders.get(name);
    if (first === undefined) leaders.set(name, one);
    else if (first.node !== one.node) {
      judgement.problem(
        'second leader',
        [],
        `${first.node} became ${role} of term ${name} at ${rounded(first.atMs)} ms, and ${one.node} at ${rounded(one.atMs)} ms`,
      );
    }
  }
  const unreported = `no node reported that it leads; a program does so with node.event('leader', { term })`;
  return judgement.result(
    elections,
    'elections',
    { terms: leaders.size },
    { notes: elections === 0 ? [unreported] : [] },
  );
}
