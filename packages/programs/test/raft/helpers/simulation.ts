/**
 * Nodes of Raft on a network and disks that are lists, and a schedule that a seed decides: messages are
 * delivered in any order, twice or never; nodes crash with what they had not synced, and start again.
 *
 * After every step the properties that the paper proves are checked (figure 3), and those that clients
 * are promised: what was acknowledged stays, takes effect once, and is seen by later reads.
 */
import type { Body, Json } from '@faultline/node';
import { type Input, Raft } from '../../../src/raft/core.ts';
import type { Entry } from '../../../src/raft/log.ts';
import type { Message } from '../../../src/raft/messages.ts';
import type { DiskRecord } from '../../../src/raft/persistence.ts';
import { type Flaws, withFlaws } from '../../../src/raft/rules.ts';
import type { Effect, Settings } from '../../../src/raft/state.ts';

export class Violation extends Error {
  override readonly name = 'Violation';
}

interface Packet {
  readonly from: string;
  readonly to: string;
  readonly message: Message;
}

type Write = Extract<Effect, { do: 'persist' | 'rewrite' }>;

interface SimulatedNode {
  readonly id: string;
  raft: Raft | null;
  /** It is to go, and ends when it may. */
  isLeaving: boolean;
  incarnation: number;
  /** What survives a crash. */
  disk: DiskRecord[];
  /** What does not: writes that are not done yet, in order. */
  writes: Write[];
  wakeMs: number;
}

interface Operation {
  readonly body: Body;
  readonly client: string;
  /** The newest write of the key that a client knew of when this began: the index of its entry. */
  readonly seen: number;
  isDone: boolean;
  /** A refusal then speaks of one copy, and another may take effect. */
  isRetried: boolean;
}

interface Committed {
  readonly entry: Entry;
  /** The greatest term in which it could have been committed. */
  readonly term: number;
}

export interface SimulationOptions {
  readonly nodes?: number;
  readonly seed?: number;
  readonly flaws?: Flaws;
  readonly settings?: Partial<Settings>;
}

export class Simulation {
  readonly nodes = new Map<string, SimulatedNode>();
  nowMs = 0;
  flight: Packet[] = [];
  members: string[];
  /** Called with whatever a node does. */
  onEffect: (node: string, effect: Effect) => void = () => {};
  readonly operations = new Map<string, Operation>();
  readonly replies: { readonly client: string; readonly body: Body }[] = [];
  readonly #cut = new Set<string>();
  readonly #settings: Settings;
  readonly #flaws: Flaws;
  readonly #leaders = new Map<number, string>();
  readonly #committed: (Committed | undefined)[] = [];
  /** Where a write took effect, by its value: values are written once. */
  readonly #indexOf = new Map<Json, number>();
  readonly #effective = new Map<string, number>();
  readonly #refused = new Set<string>();
  /** The index of the newest write of a key that a client knows of. */
  readonly #known = new Map<string, number>();
  #lastId = 0;
  #random: number;

  constructor({ nodes = 3, seed = 1, flaws = {}, settings = {} }: SimulationOptions = {}) {
    this.#random = seed;
    this.#flaws = flaws;
    this.#settings = {
      electionTimeoutMs: 300,
      heartbeatMs: 75,
      snapshotEvery: 1000,
      batch: 1000,
      ...settings,
    };
    this.members = Array.from({ length: nodes }, (_, i) => `n${i + 1}`);
    for (const id of this.members) this.#addNode(id);
    for (const id of this.members) this.start(id);
  }

  /** At least 0, below 1: a Weyl sequence through the finalizer of MurmurHash3. */
  draw(): number {
    this.#random = (this.#random + 0x9e3779b9) | 0;
    let x = this.#random;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
  }

  pick<T>(among: readonly T[]): T | undefined {
    return among[Math.floor(this.draw() * among.length)];
  }

  #addNode(id: string): void {
    this.nodes.set(id, {
      id,
      raft: null,
      isLeaving: false,
      incarnation: 0,
      disk: [],
      writes: [],
      wakeMs: Number.POSITIVE_INFINITY,
    });
  }

  get running(): SimulatedNode[] {
    return [...this.nodes.values()].filter(({ raft }) => raft !== null);
  }

  raft(id: string): Raft {
    return this.nodes.get(id)!.raft!;
  }

  start(id: string): void {
    const node = this.nodes.get(id)!;
    node.incarnation += 1;
    node.raft = new Raft(
      {
        id,
        // Those that are to go are there until they have gone.
        members: [...this.nodes.values()]
          .filter((one) => this.members.includes(one.id) || (one.isLeaving && one.raft !== null))
          .map((one) => one.id),
        isFirstStart: node.incarnation === 1,
        settings: this.#settings,
        rules: withFlaws(this.#flaws),
        draw: () => this.draw(),
      },
      [...node.disk],
    );
    this.feed(id, { type: 'start' });
  }

  crash(id: string): void {
    const node = this.nodes.get(id)!;
    node.raft = null;
    node.writes = [];
    node.wakeMs = Number.POSITIVE_INFINITY;
  }

  setMembers(members: string[]): void {
    const added = members.filter((id) => !this.nodes.has(id));
    const gone = this.members.filter((id) => !members.includes(id));
    this.members = members;
    for (const id of added) this.#addNode(id);
    for (const id of gone) this.nodes.get(id)!.isLeaving = true;
    this.#tellMembers();
    for (const id of added) this.start(id);
  }

  #tellMembers(): void {
    const { members } = this;
    for (const { id } of this.running) this.feed(id, { type: 'members', members });
  }

  /**
   * No message crosses between the groups from now on, those on their way included. Nodes that are not
   * there yet may be named too.
   */
  partition(...groups: readonly (readonly string[])[]): void {
    this.#cut.clear();
    const groupOf = (id: string): number => groups.findIndex((group) => group.includes(id));
    const all = new Set([...this.nodes.keys(), ...groups.flat()]);
    for (const a of all) {
      for (const b of all) if (groupOf(a) !== groupOf(b)) this.#cut.add(`${a} ${b}`);
    }
    this.flight = this.flight.filter(({ from, to }) => !this.#cut.has(`${from} ${to}`));
  }

  heal(): void {
    this.#cut.clear();
  }

  feed(
    id: string,
    input: Input extends infer I ? (I extends Input ? Omit<I, 'nowMs'> : never) : never,
  ): void {
    const node = this.nodes.get(id)!;
    const { raft } = node;
    if (raft === null) return;
    const wasLeader = raft.state.leadership !== null;
    const lastBefore = raft.state.log.last;
    const effects = raft.step({ ...input, nowMs: this.nowMs } as Input);
    for (const effect of effects) this.#perform(node, effect, wasLeader ? lastBefore : 0);
    if (effects.some((effect) => effect.do === 'persist')) this.#checkLogs(node);
    if (effects.some((effect) => effect.do === 'left')) {
      this.crash(id);
      this.#tellMembers();
    }
  }

  #perform(node: SimulatedNode, effect: Effect, ownedUpTo: number): void {
    this.onEffect(node.id, effect);
    switch (effect.do) {
      case 'send':
        if (!this.#cut.has(`${node.id} ${effect.to}`)) {
          this.flight.push({ from: node.id, to: effect.to, message: effect.message });
        }
        break;
      case 'persist':
        this.#checkAppendOnly(node, effect.records, ownedUpTo);
        node.writes.push(effect);
        break;
      case 'rewrite':
        node.writes.push(effect);
        break;
      case 'wake':
        node.wakeMs = effect.atMs;
        break;
      case 'event':
        if (effect.name === 'leader') this.#checkLeader(node, effect.data.term as number);
        break;
      case 'apply':
        this.#checkApplied(node, effect);
        break;
      case 'reply':
        this.#checkReply(effect.client, effect.body);
        break;
    }
  }

  /** Does the node's oldest write. */
  write(id: string): void {
    const node = this.nodes.get(id)!;
    const write = node.writes.shift();
    if (write?.do === 'rewrite') node.disk = structuredClone([...write.records]);
    if (write?.do !== 'persist') return;
    node.disk.push(...structuredClone(write.records));
    this.feed(id, { type: 'persisted', number: write.number });
  }

  writeAll(id: string): void {
    while (this.nodes.get(id)!.writes.length > 0) this.write(id);
  }

  /** Delivers a message; what it says cannot be changed by either side afterwards. */
  deliver(packet: Packet | undefined): void {
    if (packet === undefined) return;
    this.#lose(packet);
    const { from, to, message } = structuredClone(packet);
    if (this.nodes.has(to)) this.feed(to, { type: 'message', from, message });
  }

  #lose(packet: Packet): void {
    const at = this.flight.indexOf(packet);
    if (at >= 0) this.flight.splice(at, 1);
  }

  /** The node whose timer is due first has its time. */
  tick(): void {
    const [next] = this.running.sort((a, b) => a.wakeMs - b.wakeMs);
    if (next === undefined) return;
    this.nowMs = Math.max(this.nowMs, next.wakeMs);
    this.feed(next.id, { type: 'tick' });
  }

  /** The node's timer goes off, if need be after a while. */
  tickOf(id: string): void {
    this.nowMs = Math.max(this.nowMs, this.nodes.get(id)!.wakeMs);
    this.feed(id, { type: 'tick' });
  }

  /** Delivers the first message in flight on a link. Returns whether there was one. */
  pass(from: string, to: string, type?: Message['type']): boolean {
    const packet = this.flight.find(
      (one) =>
        one.from === from && one.to === to && (type ?? one.message.type) === one.message.type,
    );
    this.deliver(packet);
    return packet !== undefined;
  }

  /** Delivers and writes, the oldest first, until it is so or nothing is left to do. */
  until(isSo: () => boolean): void {
    while (!isSo() && this.#stepInOrder()) {}
  }

  /** Nothing goes wrong for this duration: disks and network are fast, and messages keep their order. */
  run(ms: number): void {
    const endMs = this.nowMs + ms;
    for (;;) {
      this.settle();
      const wakeMs = Math.min(...this.running.map((node) => node.wakeMs));
      if (wakeMs > endMs) break;
      this.tick();
    }
    this.nowMs = endMs;
  }

  /** Until nothing is on its way and everything is on disk. */
  settle(): void {
    this.until(() => false);
  }

  #stepInOrder(): boolean {
    const writing = this.running.find(({ writes }) => writes.length > 0);
    if (writing !== undefined) this.write(writing.id);
    else if (this.flight.length > 0) this.deliver(this.flight[0]);
    else return false;
    return true;
  }

  request(
    to: string,
    body: Omit<Body, 'msg_id'> & { readonly type: string },
    client = 'c1',
  ): string {
    const id = ++this.#lastId;
    const name = `${client} ${id}`;
    const asked = { ...body, msg_id: id } as Body;
    const seen = this.#known.get(String(body.key)) ?? 0;
    this.operations.set(name, { body: asked, client, seen, isDone: false, isRetried: false });
    this.feed(to, { type: 'request', client, body: asked });
    return name;
  }

  /** The client sends the same request again. */
  retry(name: string, to: string): void {
    const operation = this.operations.get(name)!;
    const { body, client } = operation;
    operation.isRetried = true;
    this.feed(to, { type: 'request', client, body });
  }

  /** One thing happens that could happen. */
  randomStep(): void {
    const anyone = this.pick(this.running)?.id;
    const dice = this.draw() * 100;
    if (dice < 45) this.deliver(this.pick(this.flight.slice(0, 12)));
    else if (dice < 65) {
      if (anyone !== undefined) this.write(anyone);
    } else if (dice < 77) this.tick();
    else if (dice < 88) {
      if (anyone !== undefined) this.#randomRequest(anyone);
    } else if (dice < 89.5) {
      const name = this.pick([...this.operations.keys()].slice(-10));
      if (name !== undefined && anyone !== undefined) this.retry(name, anyone);
    } else if (dice < 91) {
      const packet = this.pick(this.flight);
      if (packet !== undefined) this.flight.push({ ...packet });
    } else if (dice < 92.5) {
      const packet = this.pick(this.flight);
      if (packet !== undefined) this.#lose(packet);
    } else if (dice < 94.5) {
      // A node that is being removed would not come back, with entries that no other node may have yet.
      if (anyone !== undefined && !this.nodes.get(anyone)!.isLeaving) this.crash(anyone);
    } else if (dice < 97.5) {
      const down = this.pick(this.members.filter((id) => this.nodes.get(id)!.raft === null));
      if (down !== undefined) this.start(down);
    } else if (dice < 98) {
      const side = this.members.filter(() => this.draw() < 0.5);
      this.partition(
        side,
        this.members.filter((id) => !side.includes(id)),
      );
    } else if (dice < 98.8) this.heal();
    else if (dice < 99.4) this.#randomMembers();
    else this.run(this.draw() * 800);
  }

  /** Also while an earlier change is not done. A node that is down and removed would take its log with it. */
  #randomMembers(): void {
    const { members } = this;
    const gone = this.pick(members.filter((id) => this.nodes.get(id)!.raft !== null));
    const rest = members.filter((id) => id !== gone);
    const fresh = (n: number): string => `n${this.nodes.size + n}`;
    const dice = this.draw();
    if (dice < 0.5 && rest.length > 0) this.setMembers(rest);
    else if (dice < 0.6 && members.length < 5) {
      this.setMembers([...members, fresh(1), fresh(2)]);
    } else if (dice < 0.7) this.setMembers([...rest, fresh(1)]);
    else if (members.length < 6) this.setMembers([...members, fresh(1)]);
  }

  #randomRequest(to: string): void {
    const client = this.pick(['c1', 'c2', 'c3'])!;
    const key = this.pick(['x', 'y'])!;
    const value = `v${this.#lastId + 1}`;
    if (this.draw() < 0.5) this.request(to, { type: 'read', key }, client);
    else this.request(to, { type: 'write', key, value }, client);
  }

  /** Election safety: at most one leader is elected in a term. Leader completeness: it has all that is committed. */
  #checkLeader(node: SimulatedNode, term: number): void {
    const other = this.#leaders.get(term);
    if (other !== undefined) throw new Violation(`${other} and ${node.id} lead in term ${term}`);
    this.#leaders.set(term, node.id);
    const { log } = node.raft!.state;
    for (const [index, committed] of this.#committed.entries()) {
      if (committed === undefined || committed.term >= term || index < log.first) continue;
      if (!isSameEntry(log.at(index), committed.entry)) {
        throw new Violation(
          `${node.id} leads in term ${term} without entry ${index}, which was committed in term ${committed.term}`,
        );
      }
    }
  }

  /** Leader append-only: a leader never overwrites or deletes entries of its log. */
  #checkAppendOnly(node: SimulatedNode, records: readonly DiskRecord[], ownedUpTo: number): void {
    if (node.raft!.state.leadership === null) return;
    for (const record of records) {
      if ('index' in record && record.index <= ownedUpTo) {
        throw new Violation(`${node.id} leads and overwrites its entry ${record.index}`);
      }
    }
  }

  /** Log matching: where two logs have an entry of the same term, they are equal up to there. */
  #checkLogs(node: SimulatedNode): void {
    const { log } = node.raft!.state;
    for (const other of this.running) {
      if (other === node) continue;
      const theirs = other.raft!.state.log;
      const first = Math.max(log.first, theirs.first);
      let index = Math.min(log.last, theirs.last);
      while (index >= first && log.termAt(index) !== theirs.termAt(index)) index--;
      for (; index >= first; index--) {
        if (!isSameEntry(log.at(index), theirs.at(index))) {
          throw new Violation(
            `the logs of ${node.id} and ${other.id} part before where they agree`,
          );
        }
      }
    }
  }

  /** State machine safety: no two nodes apply different entries at one index. */
  #checkApplied(node: SimulatedNode, effect: Extract<Effect, { do: 'apply' }>): void {
    const { index, entry, isRepeat } = effect;
    const known = this.#committed[index];
    if (known !== undefined && !isSameEntry(known.entry, entry)) {
      throw new Violation(`${node.id} applies another entry ${index} than was applied elsewhere`);
    }
    this.#committed[index] ??= { entry, term: node.raft!.state.term };
    if (entry.kind !== 'command' || isRepeat) return;
    const { client, id, command } = entry;
    const name = `${client} ${id}`;
    const first = this.#effective.get(name) ?? index;
    if (first !== index) throw new Violation(`${name} takes effect at ${first} and at ${index}`);
    if (this.#refused.has(name) && !this.operations.get(name)!.isRetried)
      throw new Violation(`${name} was refused and takes effect`);
    this.#effective.set(name, index);
    this.#indexOf.set(command.type === 'write' ? command.value : command.to, index);
  }

  #checkReply(client: string, body: Body): void {
    this.replies.push({ client, body });
    const name = `${client} ${body.in_reply_to}`;
    const operation = this.operations.get(name);
    if (operation === undefined || operation.isDone) return;
    operation.isDone = true;
    const key = String(operation.body.key);
    if (body.type === 'error' && body.code === 11) {
      if (this.#effective.has(name) && !operation.isRetried)
        throw new Violation(`${name} took effect and is refused`);
      this.#refused.add(name);
    }
    if (body.type === 'write_ok') this.#learn(key, this.#effective.get(name)!);
    const isMissing = body.type === 'error' && body.code === 20;
    if (operation.body.type !== 'read' || (body.type !== 'read_ok' && !isMissing)) return;
    const index = isMissing ? 0 : (this.#indexOf.get(body.value!) ?? -1);
    if (index < operation.seen) {
      throw new Violation(
        `${name} read ${key} as of entry ${index}, after a client had seen ${operation.seen}`,
      );
    }
    this.#learn(key, index);
  }

  #learn(key: string, index: number): void {
    this.#known.set(key, Math.max(this.#known.get(key) ?? 0, index));
  }
}

const isSameEntry = (a: Entry | undefined, b: Entry | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && textOf(a) === textOf(b));

const texts = new WeakMap<Entry, string>();

function textOf(entry: Entry): string {
  const text = texts.get(entry) ?? JSON.stringify(entry);
  texts.set(entry, text);
  return text;
}
