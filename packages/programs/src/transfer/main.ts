/** A bank on two-phase commit, or, `--set by=saga`, on sagas. See core.ts and saga.ts. */
import type { Node, Program } from '@faultline/node';
import { readSettings } from '../common/read.ts';
import { type RunOptions, runMachine, selfOf } from '../common/run.ts';
import type { Bank } from './accounts.ts';
import { TwoPhase, type TwoPhaseOptions } from './core.ts';
import { Saga, type SagaOptions } from './saga.ts';

const firstBank: Bank = { accounts: 5, balance: 100 };

export function transferProgram(
  options: TwoPhaseOptions & SagaOptions & RunOptions & { readonly bank?: Bank } = {},
): Program {
  const { bank = firstBank } = options;
  return (node: Node) => {
    const { by } = readSettings('transfer', node.settings, { by: ['2pc', 'saga'] });
    const self = selfOf(node);
    return by === '2pc'
      ? runMachine(node, new TwoPhase(self, bank, options), options)
      : runMachine(node, new Saga(self, bank, options), options);
  };
}

export default transferProgram();
