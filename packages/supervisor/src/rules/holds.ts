/** Lists and releases messages that rules hold or have delayed. */
import type { ClusterRequestOf, RecordEvent } from '@faultline/actions';
import type { HeldMessages, HeldQuery } from '@faultline/protocol';
import type { Selection } from '../members/selection.ts';
import type { RouterProcess } from '../processes/router-process.ts';
import { concreteLinks } from './concrete-links.ts';

export interface HoldsOptions {
  readonly router: RouterProcess;
  readonly selection: Selection;
  readonly record: RecordEvent;
}

const listedDefault = 100;
/** Number of message ids that one event lists; the trace has them all. */
const idsListedMax = 20;

export class Holds {
  readonly #options: HoldsOptions;

  constructor(options: HoldsOptions) {
    this.#options = options;
  }

  list({ links, limit = listedDefault }: HeldQuery): Promise<HeldMessages> {
    return this.#options.router.held(this.#concrete(links), limit);
  }

  /** Resolves to the number of copies that were released. */
  async release(request: ClusterRequestOf<'release'>): Promise<number> {
    const { router, record } = this.#options;
    if ('messages' in request) {
      const { messages } = request;
      const released = await router.releaseMessages(messages);
      record('messages.released', null, { messages: messages.slice(0, idsListedMax), released });
      return released;
    }
    const links = this.#concrete(request.links ?? undefined);
    const released = await router.release(links, request.delayed);
    record('messages.released', null, { links: links ?? 'all', released });
    return released;
  }

  /** Links in the router's form; null: all. */
  #concrete(links: string | undefined): string | null {
    return links === undefined ? null : concreteLinks(links, this.#options.selection.context());
  }
}
