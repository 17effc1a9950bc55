/**
 * A verb whose target is the cluster. Import typebox as a namespace here and in `verbs/`, as `verb.ts` says.
 *
 * One verb is one operation of the API. Plans, the command line and tests may have several words for it,
 * its forms: a partition is also made by `isolate`, `bridge` and `ring`.
 */
import type { ErrorCode, Route } from '@faultline/protocol';
import type * as Type from 'typebox';
import type { AnswerName } from './answers.ts';
import type { Help } from './help.ts';
import type { TextKind } from './texts.ts';

/** What stands behind a form's name in a plan, and is its command's argument. */
interface Subject<Option extends string = string> {
  /** The options that it can be; of several, the one whose type fits. */
  readonly options: readonly Option[];
  /** Of the command: `<groups>`, `<nodes...>`. */
  readonly argument: string;
  /** Of the argument, in the command's help. */
  readonly description?: string;
  /** It may be omitted, and is `true` in a plan then: which stands for what. */
  readonly otherwise?: string;
  /** Completes "expected …" in a plan. Omitted: what the text with this option's grammar expects. */
  readonly expected?: string;
}

export interface Form<Option extends string = string> {
  /** One line in the imperative, without a full stop. */
  readonly summary: string;
  /**
   * Omitted: nothing stands behind the name. `options`: all options, as fields, and the command is written
   * by hand.
   */
  readonly subject?: Subject<Option> | 'options';
  /** The verb on the cluster that `off` stands for. */
  readonly off?: string;
  /** The options that may stand beside it: flags, and fields of a plan's action. */
  readonly options: readonly Option[];
  /** Options that the form says by its name. */
  readonly says?: Readonly<Partial<Record<Option, unknown>>>;
  /** In a plan it comes before the load only. */
  readonly isPrelude?: true;
  readonly help?: Help<Option>;
}

type Forms<Option extends string = string> = Readonly<Record<string, Form<Option>>>;

interface ClusterVerbParts<
  Name extends string,
  Options extends Type.TObject,
  Asked,
  Answer extends AnswerName,
> {
  /** Also the operation's id in the API. */
  readonly name: Name;
  /** One line in the imperative, without a full stop. */
  readonly summary: string;
  readonly route: Pick<Route, 'method' | 'path'>;
  /** The body of the API's request: describe each. */
  readonly options: Options;
  /** The options that are texts with a grammar. */
  readonly texts?: Readonly<Partial<Record<keyof Type.Static<Options>, TextKind>>>;
  /** What the API answers, and what the performer and the methods resolve to. */
  readonly answer: Answer;
  /** Beyond those that follow from what the request holds. */
  readonly errors?: readonly ErrorCode[];
  /** It starts processes: a node that is crashed afterwards is a failure of the command. */
  readonly starts?: true;
  /** It makes something worse. Other verbs end faults. */
  readonly isFault: boolean;
  /** The rules that it added are removed, or a verb is done to the nodes that it answered with. Omitted: it cannot be undone. */
  readonly undo?: 'rules' | { readonly verb: string };
  /** Options as the performer needs them. Throws a FaultlineError for what contradicts itself. */
  read(options: Type.Static<Options>): Asked;
}

export interface ClusterVerb<
  Name extends string = string,
  Options extends Type.TObject = Type.TObject,
  Asked = unknown,
  Answer extends AnswerName = AnswerName,
  Said extends Forms = Forms,
> extends ClusterVerbParts<Name, Options, Asked, Answer> {
  readonly target: 'cluster';
  readonly forms: Said;
}

/** `forms` omitted: one of the verb's own name, with all options beside it. `{}`: none. */
export function clusterVerb<
  const Name extends string,
  Options extends Type.TObject,
  Asked,
  const Answer extends AnswerName,
  const Said extends Forms<keyof Type.Static<Options> & string> = Readonly<
    Record<Name, Form<keyof Type.Static<Options> & string>>
  >,
>(
  verb: ClusterVerbParts<Name, Options, Asked, Answer> & {
    readonly forms?: Said;
    readonly help?: Help<keyof Type.Static<Options> & string>;
  },
): ClusterVerb<Name, Options, Asked, Answer, Said> {
  const { help, ...parts } = verb;
  const own: Form = {
    summary: verb.summary,
    options: Object.keys(verb.options.properties),
    ...(help && { help }),
  };
  // Where no forms are given, `Said` is its default.
  const forms = verb.forms ?? ({ [verb.name]: own } as unknown as Said);
  return { ...parts, forms, target: 'cluster' };
}
