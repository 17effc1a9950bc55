/**
 * The last lines that a foreign program wrote to stderr before it exited. In most languages, they are a
 * stack trace with one informative line: the name of the error and its message.
 */
const linesKept = 20;
const charsMax = 200;

/** `ModuleNotFoundError: …`, `java.lang.IllegalStateException: …`, `panic: …`, `fatal error: …` */
const errorName = /^\s*(?:(?:[\w.$]+\.)?\w*(?:Error|Exception)\b|panic:|fatal\b|error\b)/i;

export class StderrTail {
  readonly #lines: string[] = [];

  readonly add = (line: string): void => {
    if (line.trim() === '') return;
    this.#lines.push(line);
    if (this.#lines.length > linesKept) this.#lines.shift();
  };

  /** The most informative line: the last one that names an error, or the last. Undefined: no output. */
  get mainLine(): string | undefined {
    const line = this.#lines.findLast((text) => errorName.test(text)) ?? this.#lines.at(-1);
    const text = line?.trim();
    return text !== undefined && text.length > charsMax ? `${text.slice(0, charsMax)}…` : text;
  }
}
