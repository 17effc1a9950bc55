/** The rows of the table in WORKLOADS.md, derived from the declarations of the workloads. */
import { checkText } from '@faultline/plans';
import { workloads } from '../../src/index.ts';

export const workloadRows = (): string[] =>
  workloads.map(({ name, summary, options, keys, asks, model, checks }) => {
    const names = [...(keys === null ? [] : ['keys']), ...Object.keys(options.properties)];
    const cells = [
      `\`${name}\``,
      names.map((option) => `\`${option}\``).join(', '),
      asks.map((type) => `\`${type}\``).join(', '),
      model?.name ?? '',
      checks.map((check) => `\`${checkText(check)}\``).join(', '),
      summary,
    ];
    return `| ${cells.join(' | ')} |`.replaceAll('|  |', '| |').replaceAll('|  |', '| |');
  });
