/**
 * Replaces a selector that draws by the nodes that it drew in the test. A replay with one draw more or less
 * would draw other nodes. `leader` does not draw, so it stays.
 */
import { type Action, verbOf } from '@faultline/plans/data';
import { drawsNodes, type Placed, type RuleStatus } from '@faultline/protocol';

/** The result of an action. */
export interface ActionResult {
  readonly nodes?: readonly string[];
  readonly added?: readonly RuleStatus[];
  readonly pairs?: Placed['pairs'];
}

/** The action with the nodes that it drew. A selector that draws in any part is replaced as a whole. */
export function withDrawn(action: Action, { nodes = [], added = [], pairs }: ActionResult): Action {
  const verb = verbOf(action);
  const subject = action[verb];
  if (!isDrawing(subject)) return action;
  const [links] = added.map(({ spec }) => spec.links);
  if (typeof subject === 'string') {
    if (nodes.length > 0) return { ...action, [verb]: nodes.join() };
    if (links === undefined) return action;
    const { [verb]: _drawn, ...options } = action;
    return { partition: sidesOf(links), ...options };
  }
  if (pairs !== undefined) return { ...action, [verb]: { ...subject, zones: zonesOf(pairs) } };
  return links === undefined ? action : { ...action, [verb]: { ...subject, links } };
}

/** Whether a plan would draw again. */
export const drawsAgain = (action: Action): boolean => isDrawing(action[verbOf(action)]);

function isDrawing(subject: unknown): subject is string | { links?: unknown; zones?: unknown } {
  if (typeof subject === 'string') return drawsNodes(subject);
  if (typeof subject !== 'object' || subject === null) return false;
  const { links, zones } = subject as { readonly links?: unknown; readonly zones?: unknown };
  return [links, zones].some((text) => typeof text === 'string' && drawsNodes(text));
}

/** The sides of a cut. The first side is cut from each of the others. */
function sidesOf(links: string): string {
  const pairs = links.split(';').map((pair) => pair.split(/<>|>/).map((side) => side.trim()));
  const [[first] = []] = pairs;
  return [first, ...pairs.flatMap(([a, b]) => (a === first ? [b] : []))].join(' | ');
}

function zonesOf(pairs: Placed['pairs']): string {
  const zones = new Map(
    pairs.flatMap((pair) => pair.zones.map((name, i) => [name, pair.nodes[i]!] as const)),
  );
  return [...zones].map(([name, nodes]) => `${name}: ${nodes.join()}`).join(' | ');
}
