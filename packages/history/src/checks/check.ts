/**
 * A check: something a history must keep, declared once. Plans, the command line, matchers and the
 * documents are derived from the declaration.
 *
 *     export default defineCheck({
 *       name: 'no-oversell',
 *       summary: 'no more is sold than there is',
 *       options: Type.Object({ stock: Type.Integer({ minimum: 0, description: 'items for sale' }) }),
 *       run(history, { stock }) {
 *         …
 *       },
 *     });
 */
import { FaultlineError } from '@faultline/protocol';
import { nearest, shown } from '@faultline/protocol/fit';
import { type Static, type TObject, Type } from 'typebox';
import type { Model } from '../models/model.ts';
import type { CheckResult, History } from '../operation.ts';

/** What a check may need beside the history. */
export interface CheckContext {
  /** True ends a search that takes too long; its result is then `unknown`. */
  readonly isOver?: (() => boolean) | undefined;
  /** What the operations are about, where the workload defines it. */
  readonly model?: Model | undefined;
}

/** Options as a program passes them; a plan writes them in the same words. */
export type CheckOptions = Readonly<Record<string, unknown>>;

export interface Check {
  /** Hyphenated; the same in plans, on the command line and in documents. */
  readonly name: string;
  /** One line: what a history keeps that passes. */
  readonly summary: string;
  /** Properties have a `description`, and a `default` where they are optional and have one. */
  readonly options: TObject;
  /** The option that may stand directly behind the name in a plan: `availability >= 90%`. */
  readonly short?: string;
  /** Brings an option into its one form. Throws an error that says what was expected. */
  readonly canonical: Readonly<Record<string, (value: unknown) => unknown>>;
  /** The call that asserts it in a test, such as `toExclude({ leases: true })`. */
  readonly matcher: string;
  /** The URL of the module that declares it, for plans that name it; null for built-in checks. */
  readonly from: string | null;
  /** Completes "expected the history to …". */
  promise(options: CheckOptions): string;
  run(history: History, options: CheckOptions, context: CheckContext): CheckResult;
}

export interface CheckDeclaration<Options extends TObject> {
  readonly name: string;
  readonly summary: string;
  /** None if omitted. */
  readonly options?: Options;
  readonly short?: keyof Static<Options> & string;
  readonly canonical?: {
    readonly [Name in keyof Static<Options>]?: (value: unknown) => Static<Options>[Name];
  };
  /** Default: `toPass`. */
  readonly matcher?: string;
  /** `import.meta.url`, so that the plan of a failed test can name the check. */
  readonly from?: string;
  /** Default: "pass NAME". */
  readonly promise?: string | ((options: Static<Options>) => string);
  run(history: History, options: Static<Options>, context: CheckContext): CheckResult;
}

const namePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** Throws BAD_REQUEST. */
export function defineCheck<Options extends TObject>(
  declaration: CheckDeclaration<Options>,
): Check {
  const { name, summary, options, short, canonical, matcher, from, promise } = declaration;
  if (typeof name !== 'string' || !namePattern.test(name)) {
    throw bad(`a check has a name such as no-oversell, got ${shown(name)}`);
  }
  if (typeof summary !== 'string' || typeof declaration.run !== 'function') {
    throw bad(`the check ${name} needs a summary, one line, and run(history, options)`);
  }
  return {
    name,
    summary,
    options: Type.Object(options?.properties ?? {}, { additionalProperties: false }),
    ...(short === undefined ? {} : { short }),
    canonical: (canonical ?? {}) as Check['canonical'],
    matcher: matcher ?? 'toPass(check)',
    from: from ?? null,
    promise: (given) =>
      typeof promise === 'function'
        ? promise(given as Static<Options>)
        : (promise ?? `pass ${name}`),
    run: (history, given, context) => declaration.run(history, given as Static<Options>, context),
  };
}

/** Throws BAD_REQUEST for an option that the check does not have. */
export function requireKnownOptions(check: Check, given: CheckOptions): void {
  const known = Object.keys(check.options.properties);
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const meant = nearest(unknown, known);
  const there = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
  const hint = meant === undefined ? there : `did you mean ${meant}?`;
  throw new FaultlineError(
    'BAD_REQUEST',
    `the check ${check.name} has no option ${shown(unknown)}; ${hint}`,
    { check: check.name, option: unknown },
  );
}

const bad = (message: string): FaultlineError => new FaultlineError('BAD_REQUEST', message);
