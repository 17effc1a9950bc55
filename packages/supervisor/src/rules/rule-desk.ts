/**
 * The rules of a cluster that runs: `FaultDesk` has the list; this one keeps the router and the
 * recording to it, ends rules whose time is over, and tells what rules have done, would have done, and
 * hold back.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type DryRun,
  FaultlineError,
  type HeldMessages,
  type HeldQuery,
  type InstalledRuleData,
  type RecordEvent,
  type Release,
  type RuleReport,
  type RuleStatus,
  type RulesChanged,
  type SelectorContext,
} from '@faultline/protocol';
import { readTrace, trueNowMs } from '@faultline/recording';
import type { Selection } from '../members/selection.ts';
import type { RouterProcess } from '../processes/router-process.ts';
import { concreteLinks } from './concrete-links.ts';
import { rehearse } from './dry-run.ts';
import { type Change, FaultDesk, statusOf } from './fault-desk.ts';

export interface RuleDeskOptions {
  readonly seed: string;
  /** Where the messages are recorded; null where they are not. */
  readonly traceDir: string | null;
  readonly router: RouterProcess;
  readonly selection: Selection;
  readonly record: RecordEvent;
}

/** A change of the rules, for selectors as they are to be read at that moment. */
export type MakeChange = (faults: FaultDesk, context: SelectorContext, nowMs: number) => Change;

const heldListed = 100;
const dryRunMessages = 1000;
const reportMsMax = 1000;
/** Ids of messages that one event names; the trace has them all. */
const idsToldMax = 20;

export class RuleDesk {
  readonly #options: RuleDeskOptions;
  readonly #faults: FaultDesk;
  #expiryTimer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: RuleDeskOptions) {
    this.#options = options;
    this.#faults = new FaultDesk(options.seed);
  }

  forRouter(): InstalledRuleData[] {
    return this.#faults.forRouter();
  }

  /** Makes a change whole or not at all; resolves when the router has it. */
  async change(make: MakeChange): Promise<RulesChanged> {
    const { router, selection, record } = this.#options;
    const change = await this.#faults.commit(
      () => selection.drawing(() => make(this.#faults, selection.context(), trueNowMs())),
      (rules) => router.setRules(rules),
    );
    const nowMs = trueNowMs();
    const added = change.added.map((rule) => statusOf(rule, nowMs));
    const removed = change.removed.map((rule) => statusOf(rule, nowMs));
    for (const { id, explains } of removed) record('rule.removed', null, { rule: id, explains });
    for (const { id, explains, spec } of added) {
      record('rule.added', null, { rule: id, explains, spec });
    }
    this.#expire();
    return { added, removed };
  }

  list(): RuleStatus[] {
    this.#expire();
    return this.#faults.status(trueNowMs());
  }

  /** The rules with what each has done, as far as the router tells in time. */
  async reports(): Promise<RuleStatus[]> {
    const asked = this.#options.router.reports().catch(() => null);
    const reports = await Promise.race([asked, sleep(reportMsMax, null, { ref: false })]);
    return this.list().map((rule) => {
      const report = reports?.find((one) => one.rule === rule.id);
      if (report === undefined) return { ...rule, report: null };
      const { rule: _rule, ...counts } = report as unknown as RuleReport & { rule: string };
      return { ...rule, report: counts };
    });
  }

  /** What these would have done to the latest messages. Throws BAD_REQUEST where there are none. */
  async dryRun(
    specs: readonly Record<string, unknown>[],
    messagesMax = dryRunMessages,
  ): Promise<DryRun> {
    const { traceDir, selection } = this.#options;
    if (traceDir === null) {
      throw new FaultlineError(
        'BAD_REQUEST',
        'this cluster runs with --trace off: there are no recorded messages to try rules on',
      );
    }
    const nowMs = trueNowMs();
    const { rules, added } = selection.trying(() =>
      this.#faults.rehearse(specs, selection.context(), nowMs),
    );
    // A message that waited has two fates.
    const fates = await readTrace(traceDir, { limit: 3 * messagesMax }, nowMs);
    const tried = new Set(added.map(({ id }) => id));
    const rehearsed = rehearse(fates, rules, tried, messagesMax);
    const reports = new Map(rules.reports().map((report) => [report.rule, report]));
    return {
      ...rehearsed,
      outcomes: { ...rehearsed.outcomes },
      messages: [...rehearsed.messages],
      rules: added.map((rule) => {
        const { rule: _rule, ...report } = reports.get(rule.id)!;
        return { ...statusOf(rule, nowMs), report: report as RuleReport };
      }),
    };
  }

  held({ links, limit = heldListed }: HeldQuery): Promise<HeldMessages> {
    return this.#options.router.held(this.#concrete(links), limit);
  }

  /** Resolves to how many messages were let go. */
  async release({ links, messages }: Release): Promise<number> {
    const { router, record } = this.#options;
    if (messages !== undefined) {
      if (links !== undefined) {
        throw new FaultlineError('BAD_REQUEST', 'links or messages are released, not both at once');
      }
      const released = await router.releaseMessages(messages);
      const told = messages.slice(0, idsToldMax);
      record('messages.released', null, { messages: told, released });
      return released;
    }
    const concrete = this.#concrete(links);
    const released = await router.release(concrete);
    record('messages.released', null, { links: concrete ?? 'all', released });
    return released;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#expiryTimer);
  }

  /** Links as the router knows them; null stands for all. */
  #concrete(links: string | undefined): string | null {
    return links === undefined ? null : concreteLinks(links, this.#options.selection.context());
  }

  /** Takes the rules off the list whose time is over, and sees to the next one. */
  #expire(): void {
    for (const { id, expiresAtMs } of this.#faults.expire(trueNowMs())) {
      this.#options.record('rule.expired', null, { rule: id }, expiresAtMs ?? undefined);
    }
    clearTimeout(this.#expiryTimer);
    const nextMs = this.#faults.nextExpiryMs;
    if (nextMs === null || this.#isClosed) return;
    const waitMs = Math.min(Math.max(0, Math.ceil(nextMs - trueNowMs())), 0x7fffffff);
    this.#expiryTimer = setTimeout(() => this.#expire(), waitMs);
  }
}
