/**
 * Draws that are correlated with the previous one, with unchanged probabilities.
 *
 * netem mixes each draw with the last one, which pulls all of them to the middle: its documentation warns
 * that correlated loss misbehaves. Here the draws' normal scores follow a first-order
 * autoregression, z' = ρz + √(1−ρ²)ε, whose stationary distribution is the standard normal again (a
 * Gaussian copula; Nelsen, "An Introduction to Copulas", 2006, §2.3): each draw is uniform, and
 * neighbours' scores are correlated by ρ.
 */
import type { Draws } from './kind.ts';
import { normalBelow, normalQuantile } from './normal.ts';

/** How close to 0 and 1 a draw can be. */
const least = 2 ** -54;
const most = 1 - 2 ** -53;

/** The draws of one edge, which remember the last one. */
export class CorrelatedDraws {
  readonly #correlation: number;
  readonly #rest: number;
  /** Normal scores of the previous message and of this one; undefined before the first. */
  #before: number | undefined;
  #score: number | undefined;

  constructor(correlation: number) {
    this.#correlation = correlation;
    this.#rest = Math.sqrt(1 - correlation * correlation);
  }

  /** The draw for the next message. */
  next(draws: Draws): number {
    this.#before = this.#score;
    this.#score = this.#step(draws.next());
    return asUniform(this.#score);
  }

  /** The draw for another copy of the same message: it is equally correlated with the previous message. */
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
