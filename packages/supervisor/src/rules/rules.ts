/**
 * The rules of a running cluster. Keeps the router and the recording up to date with the list.
 *
 * The end of a rule is fixed when it is added: `expiresAtMs`. The router applies that time to messages
 * and does not report it. This class removes the expired rule from the list and records its end, at its
 * time and once, whether or not a router is running.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordEvent } from '@faultline/actions';
import {
  type DryRun,
  FaultlineError,
  type InFlight,
  type InstalledRuleData,
  type RuleStatus,
  type RulesChanged,
  type SelectorContext,
} from '@faultline/protocol';
import { readTrace, trueNowMs } from '@faultline/recording';
import type { Selection } from '../members/selection.ts';
import type { RouterProcess } from '../processes/router-process.ts';
import { rehearse } from './dry-run.ts';
import { type Change, RuleList, statusOf } from './rule-list.ts';

export interface RulesOptions {
  readonly seed: string;
  /** The directory in which messages are recorded; null: they are not. */
  readonly traceDir: string | null;
  readonly router: RouterProcess;
  readonly selection: Selection;
  readonly record: RecordEvent;
}

/** Makes a change of the rules, with the selector context of that moment. */
export type MakeChange = (list: RuleList, context: SelectorContext, nowMs: number) => Change;

const dryRunMessages = 1000;
const reportMsMax = 1000;

export class Rules {
  readonly #options: RulesOptions;
  readonly #list = new RuleList();
  #expiryTimer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: RulesOptions) {
    this.#options = options;
  }

  forRouter(): InstalledRuleData[] {
    return this.#list.forRouter();
  }

  /**
   * Makes a change completely or not at all; resolves when the router has it. Messages that removed rules
   * delayed arrive at their time, and messages that they held are released. `drop`: drop all of these.
   */
  async change(make: MakeChange, { drop = false } = {}): Promise<RulesChanged> {
    const { router, selection, record } = this.#options;
    let inFlight: InFlight | undefined;
    const change = await this.#list.commit(
      () => {
        // Rules whose time is over expire first, so that the change cannot remove them.
        this.#expire();
        return selection.drawing(() => make(this.#list, selection.context(), trueNowMs()));
      },
      async (rules) => {
        inFlight = await router.setRules(rules, drop);
      },
    );
    const nowMs = trueNowMs();
    const added = change.added.map((rule) => statusOf(rule, nowMs));
    const removed = change.removed.map((rule) => statusOf(rule, nowMs));
    for (const { id, explains } of removed) record('rule.removed', null, { rule: id, explains });
    for (const { id, explains, spec } of added) {
      record('rule.added', null, { rule: id, explains, spec });
    }
    const { dropped } = inFlight!;
    if (dropped > 0) record('messages.dropped', null, { dropped });
    this.#expire();
    return { added, removed, inFlight: inFlight! };
  }

  list(): RuleStatus[] {
    this.#expire();
    return this.#list.status(trueNowMs());
  }

  /** The rules with their counts, as far as the router reports them in time. */
  async reports(): Promise<RuleStatus[]> {
    const requested = this.#options.router.reports().catch(() => null);
    const reports = await Promise.race([requested, sleep(reportMsMax, null, { ref: false })]);
    return this.list().map((rule) => {
      const report = reports?.find((one) => one.rule === rule.id);
      if (report === undefined) return { ...rule, report: null };
      const { rule: _rule, ...counts } = report;
      return { ...rule, report: counts };
    });
  }

  /** What these rules would have done to the latest messages. Throws BAD_REQUEST if none are recorded. */
  async dryRun(
    specs: readonly Record<string, unknown>[],
    messagesMax = dryRunMessages,
  ): Promise<DryRun> {
    const { seed, traceDir, selection } = this.#options;
    if (traceDir === null) {
      throw new FaultlineError(
        'BAD_REQUEST',
        'this cluster runs with --trace off, so there are no recorded messages to try rules on',
      );
    }
    const nowMs = trueNowMs();
    const { rules, added } = selection.trying(() =>
      this.#list.rehearse(seed, specs, selection.context(), nowMs),
    );
    // A message that waited has more than one fate.
    const fates = await readTrace(traceDir, { limit: 3 * messagesMax }, nowMs);
    const tried = new Set(added.map(({ id }) => id));
    const rehearsed = rehearse(fates, rules, tried, messagesMax);
    const reports = new Map(rules.reports().map((report) => [report.rule, report]));
    return {
      ...rehearsed,
      outcomes: { ...rehearsed.outcomes },
      messages: [...rehearsed.messages],
      rules: added.map((rule) => {
        const { rule: _rule, edges, ...counts } = reports.get(rule.id)!;
        return { ...statusOf(rule, nowMs), report: { ...counts, edges: [...edges] } };
      }),
    };
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#expiryTimer);
  }

  /** Removes expired rules from the list, and sets a timer for the next one. */
  #expire(): void {
    for (const { id, expiresAtMs } of this.#list.expire(trueNowMs())) {
      this.#options.record('rule.expired', null, { rule: id }, expiresAtMs ?? undefined);
    }
    clearTimeout(this.#expiryTimer);
    const nextMs = this.#list.nextExpiryMs;
    if (nextMs === null || this.#isClosed) return;
    const waitMs = Math.min(Math.max(0, Math.ceil(nextMs - trueNowMs())), 0x7fffffff);
    this.#expiryTimer = setTimeout(() => this.#expire(), waitMs);
  }
}
