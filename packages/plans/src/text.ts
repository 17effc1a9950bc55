/**
 * Plans as text: YAML, of which JSON is a subset. A mistake is reported in one line, with its line and
 * column.
 *
 *   stale-read.yaml:12:11: steps[1].do.kind: no kind of rule is called "los"; did you mean loss? …
 */
import {
  type Document,
  isMap,
  isNode,
  isPair,
  isSeq,
  LineCounter,
  parseDocument,
  stringify,
  visit,
} from 'yaml';
import type { Plan } from './plan.ts';
import { badPlan, type Path, Problem, pathText, problemOf, said } from './problem.ts';
import { canonicalPlan } from './read.ts';

/** `name`: the file's name, for messages. Throws BAD_PLAN. */
export function parsePlan(text: string, name = 'plan'): Plan {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
  });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    const facts = { file: name, line, column: col };
    throw badPlan(`${name}:${line}:${col}: ${error.message.split('\n')[0]}`, facts);
  }
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return;
      const { line, col } = lines.linePos(alias.range?.[0] ?? 0);
      throw badPlan(
        `${name}:${line}:${col}: a text that begins with * refers to an anchor, and none is called ${alias.source}: put the text into quotes`,
        { file: name, line, column: col },
      );
    },
  });
  try {
    return canonicalPlan(dataOf(document));
  } catch (thrown) {
    const problem = problemOf(thrown);
    const { line, col } = lines.linePos(offsetOf(document, problem.path));
    const facts = { file: name, line, column: col, path: pathText(problem.path) };
    throw badPlan(`${name}:${line}:${col}: ${said(problem)}`, facts, problem);
  }
}

/**
 * The line and column in the text of a plan, both from 1, for a mistake found after the plan was read.
 * `path`: as in errors, such as `load.options.reads`.
 */
export function placeInPlan(text: string, path: string): { line: number; column: number } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, stringKeys: true });
  const { line, col } = lines.linePos(offsetOf(document, path.match(/[^.[\]]+/g) ?? []));
  return { line, column: col };
}

/** YAML that `parsePlan` reads as the same plan. */
export function formatPlan(plan: Plan): string {
  return stringify(plan, {
    lineWidth: 100,
    flowCollectionPadding: true,
    aliasDuplicateObjects: false,
  });
}

/** Whether two plans are equal, whatever the order of their fields. */
export function isSamePlan(a: Plan, b: Plan): boolean {
  return planKey(a) === planKey(b);
}

/** The same text for all equal plans. */
export function planKey(plan: Plan): string {
  return JSON.stringify(plan, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([x], [y]) => (x < y ? -1 : 1)))
      : value,
  );
}

function dataOf(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new Problem((error as Error).message);
  }
}

/** Where the deepest existing part of the path begins, if possible at its key. */
function offsetOf(document: Document, path: Path): number {
  let node: unknown = document.contents;
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
  for (const key of path) {
    let next: unknown;
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && String(item.key) === String(key));
      if (pair === undefined) break;
      if (isNode(pair.key)) offset = pair.key.range?.[0] ?? offset;
      next = pair.value;
    } else if (isSeq(node)) {
      next = node.items[Number(key)];
      if (isNode(next)) offset = next.range?.[0] ?? offset;
    }
    if (next === undefined || next === null) break;
    node = next;
  }
  return offset;
}
