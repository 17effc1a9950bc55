/**
 * The methods of a node that are verbs: `node.pause()`, `node.slow('10%', { for: '2s' })`. A verb with many
 * variants for one part of the node is a property with a method for each variant: `node.clock.jump('+5s')`.
 */
import {
  type NodeVerbName,
  type NodeVerbs,
  nodeVerbNames,
  nodeVerbs,
  type OptionsOf,
} from '@faultline/actions';
import type { Fault } from './fault.ts';

/** Verbs that are properties of a node instead. */
type PartName = 'clock' | 'disk';

type MainOf<Verb extends NodeVerbName> = NonNullable<NodeVerbs[Verb]['main']>;
type Rest<Verb extends NodeVerbName> = Omit<OptionsOf<Verb>, MainOf<Verb>['option'] | 'off'>;
type RestGiven<Verb extends NodeVerbName> = keyof Rest<Verb> extends never
  ? []
  : [options?: Rest<Verb>];
type MainGiven<Verb extends NodeVerbName> = NonNullable<
  OptionsOf<Verb>[MainOf<Verb>['option'] & keyof OptionsOf<Verb>]
>;

/** The verb's main option, then the others. `off` is omitted: `fault.undo()` ends the fault. */
type Given<Verb extends NodeVerbName> = [MainOf<Verb>] extends [never]
  ? RestGiven<Verb>
  : MainOf<Verb>['isRequired'] extends true
    ? [main: MainGiven<Verb>, ...RestGiven<Verb>]
    : [main?: MainGiven<Verb>, ...RestGiven<Verb>];

type NodeMethods = {
  readonly [Verb in Exclude<NodeVerbName, PartName>]: (
    ...given: Given<Verb>
  ) => Promise<NodeVerbs[Verb]['lasts'] extends true ? Fault : void>;
};

/** A base class with these methods. Each calls `perform` with the verb's options. */
export function withNodeMethods() {
  abstract class OnNode {
    abstract perform(verb: NodeVerbName, options: object): Promise<Fault | undefined>;
  }
  for (const name of nodeVerbNames) {
    const { main } = nodeVerbs[name];
    Object.defineProperty(OnNode.prototype, name, {
      value(this: OnNode, ...given: unknown[]) {
        const [first, rest] = main === undefined ? [undefined, given[0]] : given;
        const named = main === undefined || first === undefined ? {} : { [main.option]: first };
        return this.perform(name, { ...named, ...(rest as object | undefined) });
      },
    });
  }
  // The compiler cannot see properties that a loop defines.
  return OnNode as unknown as abstract new () => OnNode & NodeMethods;
}
