/**
 * Whether a history of transactions keeps a consistency model, and which models it leaves standing.
 *
 * After K. Kingsbury, P. Alvaro, "Elle: Inferring Isolation Anomalies from Experimental
 * Observations", VLDB 2020. Operations called 'txn' are read; others are passed over.
 *
 *   table → dependencies by data and by time → components → smallest cycles → models
 *
 * What it does not do: it knows no predicates, it does not guess an order of versions that reads do
 * not show, and it proves presence of anomalies and not their absence. "Nothing rules out
 * serializability" means that for this history.
 *
 * Memory and time grow with transactions × clients.
 */
import { type Json, plural } from '@faultline/protocol';
import type { CheckResult, History } from '../operation.ts';
import { readAppends } from './append.ts';
import { components } from './components.ts';
import { findCycles, type Link } from './cycles.ts';
import type { Dependencies } from './dependencies.ts';
import type { Anomaly, CycleStep, EdgeName } from './findings.ts';
import { PROCESS, pack, part, REALTIME, RW, THEN, WR, WW } from './graph.ts';
import {
  type AnomalyName,
  anomalyMeanings,
  type CycleName,
  implies,
  ruledOut,
  strongest,
  type TransactionModel,
  transactionModels,
  worstFirst,
} from './models.ts';
import { type KeyPromise, readRegisters } from './registers.ts';
import { type Table, type TransactionKind, tabulate } from './table.ts';
import { addTimeEdges } from './time-order.ts';

export interface TransactionOptions {
  /** Append lists or registers. Default: detected from the steps. */
  readonly kind?: TransactionKind;
  /** What the history should keep; default strict-serializable. */
  readonly model?: TransactionModel;
  /** Of registers: what may be taken for granted about the order of a key's versions. */
  readonly keys?: KeyPromise;
  /** What each key holds before it is written: a plain value, or of lists a list. Default: nothing. */
  readonly initial?: Json;
  /** Edges to visit for each shape of cycle, once it is known that there are cycles. */
  readonly stepsMax?: number;
}

export interface TransactionResult extends CheckResult {
  /** Worst first; also those that the model allows. */
  readonly anomalies: readonly Anomaly[];
  /** The strongest models that nothing in this history rules out. */
  readonly survives: readonly TransactionModel[];
  /** Models of which it is not known whether they hold, because a search was cut short. */
  readonly undecided: readonly TransactionModel[];
}

const defaultStepsMax = 5_000_000;
const allKinds = WW | WR | RW | PROCESS | REALTIME | THEN;

export function checkTransactions(
  history: History,
  options: TransactionOptions = {},
): TransactionResult {
  const { kind = kindOf(history), model = 'strict-serializable', keys = 'none' } = options;
  const table = tabulate(history, kind, options.initial);
  const found = kind === 'append' ? readAppends(table) : readRegisters(table, keys);
  for (const { transaction, why } of table.malformed) {
    const { index } = table.operations[transaction]!;
    found.findings.add('malformed', [index], () => [`T${index} was answered ok, but ${why}`]);
  }
  addTimeEdges(table.operations, found.edges);
  const graph = pack(found.edges, found.nodeCount, table.operations.length);
  const { of, count } = components(graph, allKinds);
  const anomalies: Anomaly[] = found.findings
    .all()
    .map(({ name, count, operations, sentences }) => anomaly(name, count, operations, sentences()));
  let cutShort: ReadonlySet<CycleName> = new Set();
  if (count > 0) {
    const cyclic = part(
      graph,
      Uint8Array.from(of, (component) => (component >= 0 ? 1 : 0)),
    );
    const search = findCycles(cyclic.graph, options.stepsMax ?? defaultStepsMax);
    cutShort = search.cutShort;
    for (const [name, cycle] of search.cycles) {
      const links = cycle.map((link) => ({
        ...link,
        from: cyclic.original[link.from]!,
        to: cyclic.original[link.to]!,
      }));
      anomalies.push(cycleAnomaly(name, links, table, found, cutShort.has(name)));
    }
  }
  anomalies.sort((a, b) => worstFirst(a.name, b.name));
  return judge(table, anomalies, cutShort, model, {
    transactions: table.operations.length,
    writes: table.writer.length,
    keys: table.keys.length,
    edges: graph.to.length,
    cyclic: of.reduce((sum, component) => sum + (component >= 0 ? 1 : 0), 0),
  });
}

/** Without any write of a register they are lists. */
function kindOf({ operations }: History): TransactionKind {
  const steps = operations.flatMap(({ f, input }) => (f === 'txn' ? (input as Json[]) : []));
  return steps.some((step) => Array.isArray(step) && step[0] === 'w') ? 'register' : 'append';
}

function judge(
  table: Table,
  anomalies: readonly Anomaly[],
  cutShort: ReadonlySet<CycleName>,
  model: TransactionModel,
  stats: Readonly<Record<string, number>>,
): TransactionResult {
  const names = anomalies.map(({ name }) => name);
  const impossible = ruledOut(names);
  const possible = transactionModels.filter((each) => !impossible.has(each));
  // Of all shapes only this one may escape a search that was cut short; see cycles.ts.
  const isSkewUnknown = cutShort.has('G-single') && !names.includes('G-single');
  const skewed = isSkewUnknown ? ruledOut(['G-single']) : new Set<TransactionModel>();
  const undecided = possible.filter((each) => skewed.has(each));
  const survives = strongest(possible.filter((each) => !skewed.has(each)));
  const committed = table.operations.filter(({ type }) => type === 'ok').length;
  const relevant = anomalies.filter(({ name }) =>
    [...ruledOut([name])].some((weak) => implies(model, weak)),
  );
  const ids = new Map(table.operations.map(({ index, message }) => [index, message]));
  const inDetail = (found: Anomaly): string[] => [...inWords(found), ...messagesOf(found, ids)];
  const rest = { anomalies, survives, undecided, stats: { ...stats, committed } };
  const standing =
    survives.length === 0
      ? 'no model survives'
      : `strongest models not ruled out: ${survives.map(spoken).join(', ')}`;
  if (impossible.has(model)) {
    const [worst] = relevant;
    return {
      verdict: 'violated',
      summary: `not ${spoken(model)}: ${names.join(', ')}; ${standing}`,
      explanation: [...relevant.flatMap(inDetail), ...table.doubts],
      witness: worst,
      ...rest,
    };
  }
  const doubts = [...table.doubts];
  if (undecided.includes(model)) {
    doubts.push(
      'the search for a cycle with one anti-dependency stopped at its limit; raise stepsMax',
    );
  }
  if (doubts.length > 0) {
    return {
      verdict: 'unknown',
      summary: `not decided: ${doubts[0]}`,
      explanation: [...doubts, ...anomalies.flatMap(inDetail)],
      ...rest,
    };
  }
  if (committed === 0) {
    return {
      verdict: 'vacuous',
      summary: 'no transaction was answered ok, so there is nothing to judge',
      explanation: [],
      ...rest,
    };
  }
  return {
    verdict: 'ok',
    summary: `${plural(committed, 'committed transaction')}: no violation found`,
    explanation: anomalies.flatMap(inDetail),
    ...rest,
  };
}

const spoken = (model: TransactionModel): string => model.replaceAll('-', ' ');

const inWords = ({ name, meaning, count, explanation }: Anomaly): string[] => [
  `${name}: ${meaning}${count > 1 ? ` (${count} times; one of them)` : ''}`,
  ...explanation.map((line) => `  ${line}`),
];

const messagesShown = 6;

/** By which ids `cluster why` explains the transactions; none for a history without any. */
function messagesOf(
  { operations }: Anomaly,
  ids: ReadonlyMap<number, string | undefined>,
): string[] {
  const named = [...new Set(operations)].flatMap((index) => {
    const id = ids.get(index);
    return id === undefined ? [] : [`T${index} is ${id}`];
  });
  const more = named.length > messagesShown ? ', …' : '';
  return named.length === 0 ? [] : [`  ${named.slice(0, messagesShown).join(', ')}${more}`];
}

const anomaly = (
  name: AnomalyName,
  count: number,
  operations: readonly number[],
  explanation: readonly string[],
): Anomaly => ({ name, meaning: anomalyMeanings[name], count, operations, explanation });

function cycleAnomaly(
  name: CycleName,
  links: readonly Link[],
  table: Table,
  found: Dependencies,
  isCutShort: boolean,
): Anomaly {
  const index = (n: number): number => table.operations[n]!.index;
  const cycle = links.map(({ from, to, kind, why }): CycleStep => {
    const step = edgeName(kind);
    const because =
      step === 'process' || step === 'realtime'
        ? timeWords(step, from, to, table)
        : found.because(step, from, to, why);
    return { from: index(from), to: index(to), kind: step, because };
  });
  const explanation = cycle.map(({ because }) => because);
  explanation.push(`so T${cycle[0]!.from} would have to be before itself`);
  if (isCutShort) explanation.push('(the search stopped at its limit: there may be a smaller one)');
  return {
    ...anomaly(
      name,
      1,
      cycle.map(({ from }) => from),
      explanation,
    ),
    cycle,
  };
}

function edgeName(kind: number): EdgeName {
  if (kind === WW) return 'ww';
  if (kind === WR) return 'wr';
  if (kind === RW) return 'rw';
  return kind === PROCESS ? 'process' : 'realtime';
}

function timeWords(kind: 'process' | 'realtime', from: number, to: number, table: Table): string {
  const [a, b] = [table.operations[from]!, table.operations[to]!];
  const so = `so T${b.index} is after T${a.index}`;
  return kind === 'process'
    ? `${a.process} ran T${a.index} before T${b.index}, ${so}`
    : `T${a.index} had ended at ${a.endedMs} ms before T${b.index} began at ${b.invokedMs} ms, ${so}`;
}
