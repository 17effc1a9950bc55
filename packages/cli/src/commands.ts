/** Every command but `complete`, in the order of the help. */
import type { Command } from 'commander';
import { addAskCommands } from './commands/ask.ts';
import { addChecks } from './commands/checks.ts';
import { addFaultCommands } from './commands/faults.ts';
import { addNodeActions } from './commands/node-actions.ts';
import { addOpen } from './commands/open.ts';
import { addPlanCommands } from './commands/plan.ts';
import { addPrograms } from './commands/programs.ts';
import { addTraceCommands } from './commands/trace.ts';
import { addUp } from './commands/up.ts';
import { addWhy } from './commands/why.ts';
import { addWorkloads } from './commands/workloads.ts';
import type { Catalogue } from './rule-flags.ts';

/** Without a catalogue, commands that need the kinds of rules have no flags for them. */
export function addCommands(program: Command, catalogue?: Catalogue): void {
  addUp(program);
  addOpen(program);
  addAskCommands(program);
  addTraceCommands(program);
  addNodeActions(program);
  addFaultCommands(program, catalogue);
  addWhy(program);
  addPlanCommands(program);
  addChecks(program);
  addWorkloads(program);
  addPrograms(program);
}
