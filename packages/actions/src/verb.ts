/**
 * What a verb is. One verb is one file in `verbs/` plus one line in `verbs/registry.ts`. The API, the
 * client, the command line, plans and tests are derived from these declarations.
 *
 * Import typebox as a namespace here and in `verbs/`: every command loads these files, and a bundler
 * drops the unused parts of a namespace.
 */
import type { ErrorCode, EventTable, Route } from '@faultline/protocol';
import type * as Type from 'typebox';
import type { Help } from './help.ts';
import type { VerbInterval } from './interval.ts';
import type { NodeStates } from './states.ts';
import type { TextsOfOption } from './texts.ts';

/** The action that undoes another on the same nodes. */
interface Undoing {
  readonly verb: string;
  readonly options?: object;
}

/** The option that a test passes first: `node.slow('10%', …)`. */
export interface MainOption<Option extends string = string, IsRequired extends boolean = boolean> {
  readonly option: Option;
  readonly isRequired: IsRequired;
}

interface NodeVerbParts<
  Name extends string,
  Options extends Type.TObject,
  Request,
  Main,
  Events extends EventTable,
> {
  readonly name: Name;
  /** One line in the imperative, without a full stop. */
  readonly summary: string;
  /** Which nodes it can be applied to; if it cannot be applied to all named nodes, it is applied to none. */
  readonly accepts: NodeStates;
  /** Why it needs a program with our SDK: completes "n1 runs a program without our SDK: …". */
  readonly needsSdk?: string;
  /** The body of the API's request, the options in a plan and the command's flags: describe each. */
  readonly options: Options;
  /** Options that are texts with a grammar. */
  readonly texts?: Readonly<Partial<Record<keyof Type.Static<Options>, TextsOfOption>>>;
  /** Flags for which false differs from omission: false ends what true began. */
  readonly switches?: readonly (keyof Type.Static<Options> & string)[];
  readonly main?: Main;
  /** Its route in the API (default: `POST /v1/nodes/:nodes/NAME`). */
  readonly route?: Pick<Route, 'method' | 'path'>;
  /** It starts processes: if a node crashes afterwards, the command fails. */
  readonly starts?: true;
  /** Errors of the API's answer that do not follow from the rest, such as those of the performer. */
  readonly errors?: readonly ErrorCode[];
  /** Options as the performer needs them. Throws a FaultlineError for contradictory options. */
  read(options: Type.Static<Options>): Request;
  /** Kinds of events that only this verb emits. */
  readonly events?: Events;
  /** When a node has the fault, by the events of a run; omitted if the fault has no duration. */
  readonly interval?: VerbInterval<Events>;
  readonly help?: Help<keyof Type.Static<Options> & string>;
}

/** A verb whose target is nodes. */
export interface NodeVerb<
  Name extends string = string,
  Options extends Type.TObject = Type.TObject,
  Request = unknown,
  Main extends MainOption = MainOption,
  Lasts extends boolean = boolean,
  Events extends EventTable = EventTable,
> extends NodeVerbParts<Name, Options, Request, Main, Events> {
  readonly target: 'nodes';
  /** It causes a fault. Other verbs end faults. */
  readonly isFault: boolean;
  /** It can be undone, so a plan's action accepts `for` and `as`, and a test gets a fault to undo. */
  readonly lasts: Lasts;
  /** The options that end every effect of the verb on a node. */
  readonly cure?: Type.Static<Options>;
  /** Null: there is nothing to undo. */
  undo?(options: Type.Static<Options>): Undoing | null;
  /** Options whose effect cannot be undone, with the reason: "a flipped bit stays flipped". */
  readonly stays?: Readonly<Partial<Record<keyof Type.Static<Options>, string>>>;
  /** The nodes' new state: completes "n1, n2 …". */
  describe?(options: Type.Static<Options>): string;
}

type CureOrUndo<Options extends Type.TObject> =
  | { readonly cure: Type.Static<Options> }
  | { undo(options: Type.Static<Options>): Undoing | null };

/** A fault of nodes that can be undone: with `undo` or, without one, its `cure`. */
export function nodeFault<
  const Name extends string,
  Options extends Type.TObject,
  Request,
  const Main extends MainOption<keyof Type.Static<Options> & string> = never,
  Events extends EventTable = Record<never, never>,
>(
  verb: NodeVerbParts<Name, Options, Request, Main, Events> &
    CureOrUndo<Options> &
    Pick<NodeVerb<Name, Options>, 'stays'> &
    Required<Pick<NodeVerb<Name, Options>, 'describe'>>,
): NodeVerb<Name, Options, Request, Main, true, Events> {
  const byCure = (options: object): Undoing => ({ verb: verb.name, options });
  const undo = 'undo' in verb ? {} : { undo: () => byCure(verb.cure) };
  return { ...verb, ...undo, target: 'nodes', isFault: true, lasts: true };
}

/** A verb that cannot be undone, or has nothing to undo. */
export function nodeAction<
  const Name extends string,
  Options extends Type.TObject,
  Request,
  const Main extends MainOption<keyof Type.Static<Options> & string> = never,
  Events extends EventTable = Record<never, never>,
>(
  verb: NodeVerbParts<Name, Options, Request, Main, Events> & Pick<NodeVerb, 'isFault'>,
): NodeVerb<Name, Options, Request, Main, false, Events> {
  return { ...verb, target: 'nodes', lasts: false };
}
