/**
 * A verb whose target is the cluster. Import typebox as a namespace here and in `verbs/`, as `verb.ts` says.
 *
 * One verb is one operation of the API. Plans, the command line and tests may have several words for it,
 * its forms: `isolate`, `bridge` and `ring` also make partitions.
 */
import type { ErrorCode, Route } from '@faultline/protocol';
import type * as Type from 'typebox';
import type { AnswerName } from './answers.ts';
import type { Help } from './help.ts';
import type { TextKind } from './texts.ts';

/** What follows a form's name in a plan, and the argument of its command. */
interface Subject<Option extends string = string> {
  /** The options that it can set; of several, the one whose type fits. */
  readonly options: readonly Option[];
  /** The argument of the command: `<groups>`, `<nodes...>`. */
  readonly argument: string;
  /** The description of the argument in the command's help. */
  readonly description?: string;
  /** If it may be omitted (`true` in a plan): what that stands for. */
  readonly otherwise?: string;
  /** Completes "expected …" in a plan (default: what the option's grammar expects). */
  readonly expected?: string;
}

export interface Form<Option extends string = string> {
  /** One line in the imperative, without a full stop. */
  readonly summary: string;
  /**
   * Omitted: nothing follows the name. `options`: all options, as fields, and the command is written by
   * hand.
   */
  readonly subject?: Subject<Option> | 'options';
  /** The verb on the cluster that `off` stands for. */
  readonly off?: string;
  /** The other options that it accepts: flags, and fields of a plan's action. */
  readonly options: readonly Option[];
  /** Options that the form's name implies. */
  readonly says?: Readonly<Partial<Record<Option, unknown>>>;
  /** Plans may have it only before the load. */
  readonly isPrelude?: true;
  readonly help?: Help<Option>;
}

type Forms<Option extends string = string> = Readonly<Record<string, Form<Option>>>;

interface ClusterVerbParts<
  Name extends string,
  Options extends Type.TObject,
  Request,
  Answer extends AnswerName,
> {
  /** Also the operation's id in the API. */
  readonly name: Name;
  /** One line in the imperative, without a full stop. */
  readonly summary: string;
  readonly route: Pick<Route, 'method' | 'path'>;
  /** The body of the API's request: describe each. */
  readonly options: Options;
  /** Options that are texts with a grammar. */
  readonly texts?: Readonly<Partial<Record<keyof Type.Static<Options>, TextKind>>>;
  /** The API's answer, which the performer and the methods resolve to. */
  readonly answer: Answer;
  /** Errors beyond those that follow from the request. */
  readonly errors?: readonly ErrorCode[];
  /** It starts processes: if a node crashes afterwards, the command fails. */
  readonly starts?: true;
  /** It causes a fault. Other verbs end faults. */
  readonly isFault: boolean;
  /** To undo it, remove the rules that it added, or apply a verb to the nodes of its answer. Omitted: it cannot be undone. */
  readonly undo?: 'rules' | { readonly verb: string };
  /** Options as the performer needs them. Throws a FaultlineError for contradictory options. */
  read(options: Type.Static<Options>): Request;
}

export interface ClusterVerb<
  Name extends string = string,
  Options extends Type.TObject = Type.TObject,
  Request = unknown,
  Answer extends AnswerName = AnswerName,
  Said extends Forms = Forms,
> extends ClusterVerbParts<Name, Options, Request, Answer> {
  readonly target: 'cluster';
  readonly forms: Said;
}

/** `forms` omitted: one form with the verb's name and all its options. `{}`: none. */
export function clusterVerb<
  const Name extends string,
  Options extends Type.TObject,
  Request,
  const Answer extends AnswerName,
  const Said extends Forms<keyof Type.Static<Options> & string> = Readonly<
    Record<Name, Form<keyof Type.Static<Options> & string>>
  >,
>(
  verb: ClusterVerbParts<Name, Options, Request, Answer> & {
    readonly forms?: Said;
    readonly help?: Help<keyof Type.Static<Options> & string>;
  },
): ClusterVerb<Name, Options, Request, Answer, Said> {
  const { help, ...parts } = verb;
  const own: Form = {
    summary: verb.summary,
    options: Object.keys(verb.options.properties),
    ...(help && { help }),
  };
  // Without forms, `Said` is its default.
  const forms = verb.forms ?? ({ [verb.name]: own } as unknown as Said);
  return { ...parts, forms, target: 'cluster' };
}
