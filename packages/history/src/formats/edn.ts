/**
 * EDN (github.com/edn-format/edn), as far as histories need it: read into JSON, with keywords, symbols
 * and characters as texts, lists and sets as arrays, tags left out, and keys of maps as texts.
 */
import type { Json } from '@faultline/protocol';
import { badHistory } from './entry.ts';

const closers: Readonly<Record<string, string>> = { '[': ']', '(': ')', '{': '}' };
const delimiter = /[\s,()[\]{}";]/;
const depthMax = 200;

/** A value together with the line on which it begins. */
export interface Form {
  readonly value: Json;
  readonly line: number;
}

/** All forms of a text. One vector or list around everything is taken off. */
export function readEdn(text: string): Form[] {
  const reader = new Reader(text);
  const forms: Form[] = [];
  for (;;) {
    if (forms.length === 0 && reader.opensSequence()) return reader.sequence();
    const form = reader.next();
    if (form === undefined) return forms;
    forms.push(form);
  }
}

class Reader {
  readonly #text: string;
  #at = 0;
  #line = 1;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  opensSequence(): boolean {
    this.#skipBlank();
    return this.#text[this.#at] === '[' || this.#text[this.#at] === '(';
  }

  /** The elements of the sequence that comes, each with its line; nothing may follow. */
  sequence(): Form[] {
    const close = closers[this.#text[this.#at]!]!;
    this.#at += 1;
    const forms: Form[] = [];
    while (!this.#closes(close)) forms.push(this.next() ?? this.#fail(`expected ${close}`));
    this.#skipBlank();
    if (this.#at < this.#text.length) this.#fail('expected nothing after the end of the vector');
    return forms;
  }

  /** Undefined at the end. */
  next(): Form | undefined {
    this.#skipBlank();
    if (this.#at >= this.#text.length) return undefined;
    const line = this.#line;
    return { value: this.#value(), line };
  }

  #value(): Json {
    this.#skipBlank();
    const character = this.#text[this.#at];
    if (character === undefined) this.#fail('expected a value, and the text ends');
    if (character === '"') return this.#string();
    if (character === '[' || character === '(') return this.#elements(closers[character]!);
    if (character === '{') return this.#map();
    if (character === '#') return this.#dispatch();
    if (character === '\\') return this.#character();
    if (delimiter.test(character)) this.#fail(`expected a value, not ${character}`);
    return readAtom(this.#token());
  }

  #elements(close: string): Json[] {
    this.#enter();
    this.#at += 1;
    const elements: Json[] = [];
    while (!this.#closes(close)) elements.push(this.#value());
    this.#depth -= 1;
    return elements;
  }

  #map(): Json {
    const members = this.#elements('}');
    if (members.length % 2 !== 0) this.#fail('a map has a value for each key');
    const entries: [string, Json][] = [];
    for (let i = 0; i < members.length; i += 2) {
      const key = members[i]!;
      entries.push([typeof key === 'string' ? key : JSON.stringify(key), members[i + 1]!]);
    }
    return Object.fromEntries(entries);
  }

  #dispatch(): Json {
    this.#at += 1;
    if (this.#text[this.#at] === '{') return this.#elements('}');
    if (this.#text[this.#at] === '#') {
      // ##Inf, ##NaN: there is nothing like it in JSON.
      this.#at += 1;
      this.#token();
      return null;
    }
    this.#token();
    return this.#value();
  }

  #string(): string {
    const from = this.#at;
    let raw = '';
    for (this.#at += 1; this.#text[this.#at] !== '"'; this.#at++) {
      const character = this.#text[this.#at];
      if (character === undefined) this.#fail('a text does not end');
      if (character === '\n') {
        this.#line += 1;
        raw += '\\n';
      } else if (character === '\\') raw += character + this.#text[++this.#at];
      else raw += character < ' ' ? JSON.stringify(character).slice(1, -1) : character;
    }
    this.#at += 1;
    try {
      return JSON.parse(`"${raw}"`) as string;
    } catch {
      return this.#fail(`not a text: ${this.#text.slice(from, this.#at).slice(0, 40)}`);
    }
  }

  #character(): string {
    this.#at += 1;
    const token = this.#text[this.#at]! + this.#tokenFrom(this.#at + 1);
    this.#at += token.length;
    return { newline: '\n', space: ' ', tab: '\t', return: '\r' }[token] ?? token;
  }

  #token(): string {
    const token = this.#tokenFrom(this.#at);
    this.#at += token.length;
    return token;
  }

  #tokenFrom(start: number): string {
    let end = start;
    while (end < this.#text.length && !delimiter.test(this.#text[end]!)) end += 1;
    return this.#text.slice(start, end);
  }

  #closes(close: string): boolean {
    this.#skipBlank();
    const character = this.#text[this.#at];
    if (character === close) {
      this.#at += 1;
      return true;
    }
    if (character === undefined) this.#fail(`expected ${close}, and the text ends`);
    return false;
  }

  /** Blanks, commas, comments and what `#_` discards. */
  #skipBlank(): void {
    for (;;) {
      const character = this.#text[this.#at];
      if (character === '\n') this.#line += 1;
      if (character === ';') {
        while (this.#at < this.#text.length && this.#text[this.#at] !== '\n') this.#at += 1;
      } else if (character === '#' && this.#text[this.#at + 1] === '_') {
        this.#at += 2;
        this.#value();
      } else if (character !== undefined && /[\s,]/.test(character)) this.#at += 1;
      else return;
    }
  }

  #enter(): void {
    this.#depth += 1;
    if (this.#depth > depthMax) this.#fail(`more than ${depthMax} levels`);
  }

  #fail(what: string): never {
    throw badHistory(`line ${this.#line}`, what);
  }
}

function readAtom(token: string): Json {
  if (token === 'nil') return null;
  if (token === 'true') return true;
  if (token === 'false') return false;
  if (/^[-+]?\d+N?$/.test(token)) return Number(token.replace(/N$/, ''));
  if (/^[-+]?\d+(\.\d*)?([eE][-+]?\d+)?M?$/.test(token)) return Number(token.replace(/M$/, ''));
  return token.startsWith(':') ? token.slice(1) : token;
}

/** A keyword, for printing. */
export class Keyword {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** The text itself where it is no symbol. */
export const keywordOf = (text: string): Keyword | string =>
  /^[A-Za-z_*!?$%&=<>][\w.*+!\-?$%&=<>]*$/.test(text) ? new Keyword(text) : text;

export function printEdn(value: unknown): string {
  if (value === null || value === undefined) return 'nil';
  if (value instanceof Keyword) return `:${value.name}`;
  if (typeof value === 'string') return printText(value);
  if (Array.isArray(value)) return `[${value.map(printEdn).join(' ')}]`;
  if (typeof value !== 'object') return String(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => `${printEdn(keywordOf(name))} ${printEdn(member)}`);
  return `{${members.join(', ')}}`;
}

const escapes: Readonly<Record<string, string>> = { '\\b': '\\u0008', '\\f': '\\u000c' };

/** EDN knows the escapes of JSON, except those of \b and \f. */
const printText = (text: string): string =>
  JSON.stringify(text).replaceAll(/\\(?:[bf]|\\)/g, (found) => escapes[found] ?? found);
