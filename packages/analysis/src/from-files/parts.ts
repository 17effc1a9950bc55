/** The run built from everything that a set of messages depends on. */
import { RunBuilder } from '../builder.ts';
import type { Run } from '../run.ts';
import type { RunSource, SeenRecord } from '../source.ts';
import { knowNodes } from './nodes.ts';
import { factsOf, wantsOf } from './records-of.ts';
import type { Senders } from './senders.ts';
import type { Survey } from './survey.ts';

export class Parts {
  readonly #files: RunSource;

  constructor(files: RunSource) {
    this.#files = files;
  }

  /** `series`: those of nodes whose handlers are needed, in addition to those of the receivers. */
  async build(
    ids: ReadonlySet<string>,
    series: ReadonlySet<string>,
    { senders, fromMs, links }: Senders & Pick<Survey, 'fromMs' | 'links'>,
  ): Promise<Run> {
    const files = this.#files;
    const builder = new RunBuilder(files.run);
    for (const { name, incarnation, hasStamps } of senders.values()) {
      builder.knows(name, incarnation, hasStamps);
    }
    await knowNodes(files, builder);
    const facts = await factsOf(files, ids, fromMs);
    builder.add(links);
    builder.add(facts);
    const fates = facts.filter((fact) => fact.kind === 'fate');
    const names = new Set(fates.map(({ dest }) => dest));
    const from = (each: string): boolean =>
      each !== '' && (series.has(each) || names.has(each.slice(0, each.lastIndexOf('.'))));
    const isWanted = wantsOf(ids);
    const wants = (record: SeenRecord): boolean =>
      (record.kind === 'receive' || record.kind === 'handled') && isWanted(record);
    for await (const batch of files.facts({ from, vectors: false, fromMs, wants })) {
      builder.add(batch);
    }
    const members = [...new Set(fates.flatMap(({ src, dest }) => [src, dest]))];
    const quoted = (texts: Iterable<string>): string[] =>
      [...texts].map((text) => JSON.stringify(text));
    const [events, history] = await Promise.all([
      files.events(quoted(members)),
      files.history(quoted(ids)),
    ]);
    return builder.finish(events, history);
  }
}
