/**
 * Draws that resemble the one before, without becoming more or less likely for it.
 *
 * netem mixes each draw with the last one, which pulls all of them to the middle: its documentation
 * says that loss with correlation misbehaves. Here the draws' normal scores follow a first-order
 * autoregression, z' = ρz + √(1−ρ²)ε, whose stationary distribution is the standard normal again (a
 * Gaussian copula; Nelsen, "An Introduction to Copulas", 2006, §2.3): each draw is uniform, and
 * neighbours' scores are correlated by ρ.
 */
import type { Draws } from './kind.ts';
import { normalBelow, normalQuantile } from './normal.ts';

/** The nearest to 0 and to 1 that a draw comes. */
const least = 2 ** -54;
const most = 1 - 2 ** -53;

/** The draws of one edge, which remember the last one. */
export class CorrelatedDraws {
  readonly #correlation: number;
  readonly #rest: number;
  /** Normal scores of the message before, and of this one; undefined before the first. */
  #before: number | undefined;
  #score: number | undefined;

  constructor(correlation: number) {
    this.#correlation = correlation;
    this.#rest = Math.sqrt(1 - correlation * correlation);
  }

  /** The next message's. */
  next(draws: Draws): number {
    this.#before = this.#score;
    this.#score = this.#step(draws.next());
    return asUniform(this.#score);
  }

  /** Of a further copy of the same message: it resembles the message before just as much. */
  beside(draws: Draws): number {
    return asUniform(this.#step(draws.next()));
  }

  #step(draw: number): number {
    const fresh = normalQuantile(Math.max(draw, least));
    if (this.#before === undefined) return fresh;
    return this.#correlation * this.#before + this.#rest * fresh;
  }
}

function asUniform(score: number): number {
  return Math.min(normalBelow(score), most);
}
