/**
 * What a foreign program said on its error output before it ended. Its languages differ, but most end
 * with a trace whose one telling line is the name of an error and its text.
 */
const linesKept = 20;
const charsMax = 200;

/** `ModuleNotFoundError: …`, `java.lang.IllegalStateException: …`, `panic: …`, `fatal error: …` */
const telling = /^\s*(?:(?:[\w.$]+\.)?\w*(?:Error|Exception)\b|panic:|fatal\b|error\b)/i;

export class LastWords {
  readonly #lines: string[] = [];

  readonly add = (line: string): void => {
    if (line.trim() === '') return;
    this.#lines.push(line);
    if (this.#lines.length > linesKept) this.#lines.shift();
  };

  /** The line that tells most: the last one that names an error, or the last. Undefined: it said nothing. */
  get gist(): string | undefined {
    const line = this.#lines.findLast((text) => telling.test(text)) ?? this.#lines.at(-1);
    const text = line?.trim();
    return text !== undefined && text.length > charsMax ? `${text.slice(0, charsMax)}…` : text;
  }
}
