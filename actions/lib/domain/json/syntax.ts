/** Where a text stops being JSON: a line and a column from 1, what may stand there and what does. */
export interface SyntaxProblem {
  readonly line: number;
  readonly column: number;
  readonly expected: string;
  readonly found: string;
  /** It is JSON, which readers take in different ways. */
  readonly isAmbiguous: boolean;
}

/**
 * The first place where a text is not JSON (RFC 8259), or means something else to another reader: a key that an object has
 * twice, the key `__proto__`, half of a surrogate pair; undefined where there is none. JSON.parse gives no reliable position.
 */
export function findSyntaxProblem(text: string): SyntaxProblem | undefined {
  const reader = new Reader(text);
  try {
    reader.skipSpace();
    reader.value();
    reader.skipSpace();
    if (reader.offset < text.length) reader.fail('the end of the file');
    return undefined;
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    const before = text.slice(0, error.offset).split('\n');
    const found = error.found ?? /^(?:[\w.+-]+|[^])/u.exec(text.slice(error.offset))?.[0] ?? '';
    return {
      line: before.length,
      column: (before.at(-1) ?? '').length + 1,
      expected: error.expected,
      isAmbiguous: error.found !== undefined,
      found: found === '' ? 'the end of the file' : found === '\n' ? 'the end of the line' : found.slice(0, 40),
    };
  }
}

class Stop extends Error {
  readonly offset: number;
  readonly expected: string;
  /** What stands there, where it is more than a word. */
  readonly found: string | undefined;
  constructor(offset: number, expected: string, found?: string) {
    super(expected);
    this.offset = offset;
    this.expected = expected;
    this.found = found;
  }
}

/** No file of a person nests deeper, and each level takes from the stack. */
const MAXIMUM_DEPTH = 200;

class Reader {
  offset = 0;
  #depth = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  fail(expected: string): never {
    throw new Stop(this.offset, expected);
  }

  skipSpace(): void {
    this.#accept(/[ \t\r\n]*/y);
  }

  value(): void {
    this.#depth += 1;
    if (this.#depth > MAXIMUM_DEPTH) this.fail(`at most ${String(MAXIMUM_DEPTH)} levels of objects and lists`);
    if (this.#accept(/\{/y)) this.#members();
    else if (this.#accept(/\[/y)) this.#elements();
    else if (this.#text[this.offset] === '"') this.#string();
    else if (!this.#accept(/(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y)) {
      this.fail('a value: a text in double quotes, a number, true, false, null, { or [');
    }
    this.#depth -= 1;
  }

  #members(): void {
    this.skipSpace();
    if (this.#accept(/\}/y)) return;
    const keys = new Set<string>();
    do {
      this.skipSpace();
      if (this.#text[this.offset] !== '"') this.fail('a key in double quotes');
      this.#key(keys);
      this.skipSpace();
      if (!this.#accept(/:/y)) this.fail('a colon');
      this.skipSpace();
      this.value();
      this.skipSpace();
    } while (this.#accept(/,/y));
    if (!this.#accept(/\}/y)) this.fail('a comma or }');
  }

  /** Terraform takes two keys for one that are equal in Unicode's normalisation form C. */
  #key(seen: Set<string>): void {
    const start = this.offset;
    this.#string();
    const key = String(JSON.parse(this.#text.slice(start, this.offset))).normalize('NFC');
    const refuse = (expected: string): never => {
      throw new Stop(start, expected, this.#text.slice(start, this.offset));
    };
    if (seen.has(key)) refuse('each key once: the object has this key already');
    // In JavaScript it is no key like others, and checks pass it over.
    if (key === '__proto__') refuse('another key');
    seen.add(key);
  }

  #elements(): void {
    this.skipSpace();
    if (this.#accept(/\]/y)) return;
    do {
      this.skipSpace();
      this.value();
      this.skipSpace();
    } while (this.#accept(/,/y));
    if (!this.#accept(/\]/y)) this.fail('a comma or ]');
  }

  #string(): void {
    const start = this.offset;
    this.offset += 1;
    // One expression for all of a text would overflow the stack on one of megabytes.
    // eslint-disable-next-line no-control-regex -- control characters are what JSON forbids inside a text
    while (this.#accept(/[^"\\\u0000-\u001f]+/y) || this.#accept(/\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y));
    if (this.#accept(/"/y)) {
      const text = this.#text.slice(start, this.offset);
      // Terraform reads U+FFFD in its place.
      if (/\\u[dD][89a-fA-F]/.test(text) && !String(JSON.parse(text)).isWellFormed())
        throw new Stop(start, 'a text of whole characters: half of a surrogate pair is none', text);
      return;
    }
    this.fail(
      this.#text[this.offset] === '\\' ? 'an escape that JSON knows, such as \\n or \\\\' : 'a closing double quote',
    );
  }

  #accept(pattern: RegExp): boolean {
    pattern.lastIndex = this.offset;
    if (!pattern.test(this.#text)) return false;
    this.offset = pattern.lastIndex;
    return true;
  }
}
