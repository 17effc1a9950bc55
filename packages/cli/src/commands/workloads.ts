/** `workloads`: lists the workloads, or explains one with its options. */
import { stateDir } from '@faultline/supervisor/registry';
import type { Command } from 'commander';
import { type GlobalOptions, print } from '../context.ts';
import { fromHere } from '../parse.ts';

export function addWorkloads(program: Command): void {
  program
    .command('workloads')
    .description('list the workloads that clients can run, or explain one')
    .argument('[name]', 'a workload, or the path of a module that declares one')
    .addHelpText(
      'after',
      `
Examples:
  pnpm cluster workloads
  pnpm cluster workloads register
  pnpm cluster workloads ./orders.ts`,
    )
    .action((name: string | undefined, _, self: Command) =>
      showWorkloads(name, self.optsWithGlobals<GlobalOptions>()),
    );
}

async function showWorkloads(name: string | undefined, options: GlobalOptions): Promise<void> {
  const [
    { findWorkload, workloads },
    { isModule },
    { workloadAsData, workloadInWords, workloadList },
  ] = await Promise.all([
    import('@faultline/experiment/workloads'),
    import('@faultline/plans/data'),
    import('../format/workloads.ts'),
  ]);
  if (name === undefined) {
    const all = workloads.map((workload) => workloadAsData(workload));
    print(options, all, () => workloadList(workloads));
    return;
  }
  const workload = isModule(name)
    ? await (await import('@faultline/experiment')).loadWorkload(fromHere(name), stateDir())
    : findWorkload(name);
  const named = isModule(name) ? name : workload.name;
  print(options, workloadAsData(workload, named), () => workloadInWords(workload, named));
}
