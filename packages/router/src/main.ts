/**
 * The router process. It speaks with the supervisor over IPC and ends when that channel does.
 */

import { Signatures } from '@faultline/link';
import {
  asFaultlineError,
  type FromRouter,
  matchesLink,
  parseLinks,
  type RouterConfig,
  type RouterEvent,
  type ToRouter,
  toErrorBody,
} from '@faultline/protocol';
import { trueNowMs } from '@faultline/recording';
import type { AcceptsLink } from './held.ts';
import { routerName } from './refusal.ts';
import { expel, type LinkServer, listen, type OnDown } from './server.ts';
import { Switchboard } from './switchboard.ts';
import { TraceWriter } from './trace-writer.ts';

interface Running {
  readonly switchboard: Switchboard;
  readonly server: LinkServer;
  readonly onDown: OnDown;
}

let running: Running | undefined;

function send(message: FromRouter): void {
  process.send?.(message);
}

const quietMs = 1000;
const lastReports = new Map<string, { atMs: number; unreported: number }>();

/** Reports to the supervisor, at most once a second for the same thing about the same member. */
function reportEvent(report: RouterEvent): void {
  const about = `${report.kind} ${report.node ?? ''}`;
  const atMs = trueNowMs();
  const last = lastReports.get(about);
  if (last !== undefined && atMs - last.atMs < quietMs) {
    last.unreported++;
    return;
  }
  lastReports.set(about, { atMs, unreported: 0 });
  if (last?.unreported) Object.assign(report.facts, { alsoUntold: last.unreported });
  send({ from: 'event', atMs, report });
}

async function start(config: RouterConfig): Promise<{ port: number }> {
  const trace =
    config.traceDir === null
      ? null
      : new TraceWriter({
          dir: config.traceDir,
          // Each of them: none goes unreported.
          onDiscarded: (facts) =>
            send({
              from: 'event',
              atMs: trueNowMs(),
              report: { kind: 'trace.discarded', node: null, facts },
            }),
          onStopped: (error) =>
            reportEvent({
              kind: 'trace.stopped',
              node: null,
              facts: {
                code: error.code === 'ENOSPC' ? 'DISK_FULL' : 'DISK_ERROR',
                reason: error.message,
              },
            }),
        });
  trace?.start(trueNowMs());
  const switchboard: Switchboard = new Switchboard({
    seed: config.seed,
    now: trueNowMs,
    trace,
    traceBodyBytesMax: config.traceBodyBytesMax ?? 0,
    queueBytesMax: config.queueBytesMax,
    onEvent: reportEvent,
    ...(config.sign
      ? {
          signatures: Signatures.ofInsider(
            config.secret,
            routerName,
            (name) => switchboard.member(name)?.kind === 'client',
          ),
        }
      : {}),
  });
  switchboard.setMembers(config.members);
  switchboard.setRules(config.rules);
  const onDown: OnDown = ({ name, joinedIncarnation }, closed) =>
    send({ from: 'linkDown', name, incarnation: joinedIncarnation, closed });
  const server = await listen({
    port: config.port,
    secret: config.secret,
    sign: config.sign,
    switchboard,
    onUp: ({ name, joinedIncarnation }) =>
      send({ from: 'linkUp', name, incarnation: joinedIncarnation }),
    onDown,
    onEvent: reportEvent,
  });
  running = { switchboard, server, onDown };
  return { port: server.port };
}

async function handle(message: ToRouter): Promise<unknown> {
  if (message.to === 'start') return start(message.config);
  if (running === undefined) throw new Error(`${message.to} before start`);
  const { switchboard, onDown } = running;
  switch (message.to) {
    case 'members':
      for (const endpoint of switchboard.setMembers(message.members)) {
        expel(endpoint, { switchboard, onDown });
      }
      return null;
    case 'rules':
      return switchboard.setRules(message.rules, message.drop);
    case 'stats':
      return switchboard.stats();
    case 'reports':
      return switchboard.reports();
    case 'held':
      return switchboard.held(linksOf(switchboard, message.links), message.limit);
    case 'release':
      return switchboard.release(linksOf(switchboard, message.links), message.delayed);
    case 'releaseMessages':
      return switchboard.releaseMessages(message.messages);
  }
}

/** Selects the links that a text names; null stands for all. */
function linksOf(switchboard: Switchboard, text: string | null): AcceptsLink {
  if (text === null) return () => true;
  const links = parseLinks(text);
  const isClient = (name: string): boolean => switchboard.member(name)?.kind === 'client';
  return (src, dest) => matchesLink(links, src, dest, isClient);
}

process.on('message', (message: ToRouter) => {
  handle(message).then(
    (value) => send({ from: 'answer', n: message.n, value }),
    (error: unknown) =>
      send({ from: 'error', n: message.n, error: toErrorBody(asFaultlineError(error)) }),
  );
});

process.on('disconnect', () => {
  running?.switchboard.stop();
  process.exit(0);
});
// Ctrl-C reaches the whole terminal group; the supervisor decides when the router ends.
process.on('SIGINT', () => {});
