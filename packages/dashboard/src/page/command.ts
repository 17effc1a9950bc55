/** The command line that does what a form of the page does. */
import { dashed, describeOptions, type NodeVerbName, nodeVerbs } from '@faultline/actions';

/** Quoted for a shell where that is needed. */
export const quoted = (text: string): string =>
  /^[\w@%+=:,./<>-]+$/.test(text) && !/[<>]/.test(text)
    ? text
    : `'${text.replaceAll("'", `'\\''`)}'`;

export function commandOf(
  verb: NodeVerbName,
  nodes: string,
  options: Readonly<Record<string, unknown>>,
): string {
  const flags = describeOptions(nodeVerbs[verb]).flatMap(({ name }) => {
    const value = options[name];
    if (value === undefined || value === false) return [];
    const flag = `--${dashed(name)}`;
    if (value === true) return [flag];
    return [flag, quoted(typeof value === 'string' ? value : JSON.stringify(value))];
  });
  return ['pnpm cluster', verb, quoted(nodes), ...flags].join(' ');
}
