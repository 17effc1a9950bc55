/** The colors of the style sheet, as a canvas takes them. */

export class Colors {
  readonly #probe: HTMLElement;
  readonly #dark = matchMedia('(prefers-color-scheme: dark)');
  readonly #known = new Map<string, string>();
  readonly #forget = (): void => this.#known.clear();

  constructor() {
    // A canvas cannot resolve `light-dark()`; the color of an element is resolved.
    this.#probe = document.createElement('i');
    this.#probe.hidden = true;
    document.body.append(this.#probe);
    this.#dark.addEventListener('change', this.#forget);
  }

  /** `of('lane')` is the present color of `var(--lane)`. */
  of(name: string): string {
    let color = this.#known.get(name);
    if (color === undefined) {
      this.#probe.style.color = `var(--${name})`;
      color = getComputedStyle(this.#probe).color;
      this.#known.set(name, color);
    }
    return color;
  }

  close(): void {
    this.#probe.remove();
    this.#dark.removeEventListener('change', this.#forget);
  }
}
