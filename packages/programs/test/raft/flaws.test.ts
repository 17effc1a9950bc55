/** Each rule in rules.ts is needed: without it there is a course of events that breaks a promise. */
import { expect, test } from 'vitest';
import type { Flaw } from '../../src/raft/rules.ts';
import { Simulation, type SimulationOptions, Violation } from './helpers/simulation.ts';

interface Scenario {
  readonly options?: SimulationOptions;
  readonly breaks: RegExp;
  readonly play: (simulation: Simulation) => void;
}

/** A cluster that n1 leads. */
function withLeader(simulation: Simulation): void {
  simulation.run(200);
  expect(simulation.raft('n1').state.role).toBe('leader');
}

/** Of those who can talk to it, this node is the first to want an election, and wins if it may. */
function elect(simulation: Simulation, id: string): void {
  // Longer than any election timeout: no node assumes that there is a leader.
  simulation.nowMs += 1000;
  for (let i = 0; i < 3 && simulation.raft(id).state.role !== 'leader'; i++) {
    simulation.tickOf(id);
    simulation.until(() => simulation.raft(id).state.role === 'leader');
  }
}

const scenarios: { readonly [F in Flaw]: Scenario } = {
  forgetVote: {
    breaks: /n1 and n3 lead in term 2/,
    play(simulation) {
      simulation.settle();
      for (const id of ['n1', 'n3']) simulation.tickOf(id);
      for (const id of ['n1', 'n3']) {
        simulation.pass(id, 'n2', 'pre_vote');
        simulation.pass('n2', id, 'pre_vote_reply');
        simulation.write(id);
      }
      simulation.pass('n1', 'n2', 'request_vote');
      simulation.writeAll('n2');
      simulation.pass('n2', 'n1', 'request_vote_reply');
      simulation.crash('n2');
      simulation.start('n2');
      simulation.pass('n3', 'n2', 'request_vote');
      simulation.writeAll('n2');
      simulation.pass('n2', 'n3', 'request_vote_reply');
    },
  },
  ackBeforeSync: {
    breaks: /n3 leads in term 3 without entry 3/,
    play(simulation) {
      withLeader(simulation);
      simulation.request('n1', { type: 'write', key: 'x', value: 1 });
      simulation.write('n1');
      simulation.pass('n1', 'n2', 'append_entries');
      simulation.pass('n2', 'n1', 'append_entries_reply');
      for (const id of ['n1', 'n2']) simulation.crash(id);
      simulation.flight = [];
      simulation.start('n2');
      elect(simulation, 'n3');
    },
  },
  voteForAnyLog: {
    breaks: /n3 leads in term 3 without entry 3/,
    play(simulation) {
      withLeader(simulation);
      simulation.partition(['n1', 'n2'], ['n3']);
      simulation.request('n1', { type: 'write', key: 'x', value: 1 });
      simulation.run(100);
      simulation.partition(['n1'], ['n2', 'n3']);
      elect(simulation, 'n3');
    },
  },
  quorumOfHalf: {
    options: { nodes: 4 },
    breaks: /lead in term|another entry|without entry/,
    play(simulation) {
      withLeader(simulation);
      simulation.partition(['n1', 'n2'], ['n3', 'n4']);
      simulation.request('n1', { type: 'write', key: 'x', value: 1 });
      simulation.run(1000);
      simulation.request('n3', { type: 'write', key: 'x', value: 2 });
      simulation.run(1000);
    },
  },
  appendUnchecked: {
    breaks: /part before where they agree|another entry/,
    play(simulation) {
      withLeader(simulation);
      // n1 keeps an entry of term 2 that no other node has.
      simulation.partition(['n1'], ['n2', 'n3']);
      simulation.request('n1', { type: 'write', key: 'x', value: 1 });
      simulation.write('n1');
      elect(simulation, 'n2');
      simulation.settle();
      // The leader after that begins behind the entry that was written in the place of that one.
      simulation.crash('n2');
      simulation.start('n2');
      elect(simulation, 'n3');
      simulation.heal();
      simulation.run(200);
    },
  },
  commitOldTermByCounting: {
    // Figure 8 of the paper, with n1 to n5 for S1 to S5, and entry 3 for the one at 2 there.
    options: { nodes: 5, settings: { batch: 1 } },
    breaks: /n5 leads in term 5 without entry 3/,
    play(simulation) {
      withLeader(simulation);
      simulation.partition(['n1', 'n2'], ['n3', 'n4', 'n5']);
      simulation.request('n1', { type: 'write', key: 'x', value: 1 });
      simulation.settle();
      simulation.crash('n1');
      simulation.partition(['n1', 'n2'], ['n3', 'n4', 'n5']);
      elect(simulation, 'n5');
      simulation.write('n5');
      simulation.crash('n5');
      simulation.flight = [];
      simulation.heal();
      simulation.start('n1');
      elect(simulation, 'n1');
      // n1 sends the old entry to n3, and gets no further.
      const { leadership } = simulation.raft('n1').state;
      simulation.until(() => leadership!.progress.get('n3')!.match === 3);
      expect(simulation.raft('n3').state.log.last).toBe(3);
      simulation.crash('n1');
      simulation.flight = [];
      simulation.start('n5');
      elect(simulation, 'n5');
    },
  },
  staleReads: {
    breaks: /read x as of entry 0, after a client had seen 4/,
    play(simulation) {
      withLeader(simulation);
      simulation.partition(['n1'], ['n2', 'n3']);
      elect(simulation, 'n2');
      simulation.settle();
      simulation.request('n2', { type: 'write', key: 'x', value: 1 });
      simulation.settle();
      simulation.request('n1', { type: 'read', key: 'x' });
      simulation.run(100);
    },
  },
  noSessions: {
    breaks: /c1 1 takes effect at 3 and at 4/,
    play(simulation) {
      withLeader(simulation);
      const name = simulation.request('n1', { type: 'write', key: 'x', value: 1 });
      simulation.settle();
      simulation.retry(name, 'n2');
      simulation.settle();
    },
  },
  changeMembersAtOnce: {
    // The course of events that Ongaro wrote to raft-dev in 2015, with n1 to n5 for S1 to S5.
    options: { nodes: 4 },
    breaks: /without entry/,
    play(simulation) {
      withLeader(simulation);
      simulation.partition(['n1', 'n5'], ['n2', 'n3', 'n4']);
      simulation.setMembers(['n1', 'n2', 'n3', 'n4', 'n5']);
      simulation.partition(['n1', 'n5'], ['n2', 'n3', 'n4']);
      for (let i = 0; i < 2; i++) {
        simulation.tickOf('n1');
        simulation.settle();
      }
      expect(simulation.raft('n1').state.voters).toHaveLength(5);
      for (const id of ['n2', 'n3', 'n4']) {
        simulation.feed(id, { type: 'members', members: ['n2', 'n3', 'n4'] });
      }
      elect(simulation, 'n2');
      simulation.partition(['n2', 'n3'], ['n1', 'n4', 'n5']);
      simulation.settle();
      simulation.run(3000);
    },
  },
};

test.each(Object.entries(scenarios))('%s: the rule is needed', (flaw, scenario) => {
  const { options, breaks, play } = scenario;
  play(new Simulation(options));
  const flawed = new Simulation({ ...options, flaws: { [flaw]: true } });
  expect(() => play(flawed)).toThrow(Violation);
  expect(() => play(new Simulation({ ...options, flaws: { [flaw]: true } }))).toThrow(breaks);
});
