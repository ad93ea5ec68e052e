/**
 * Policy files: YAML, or JSON, which is YAML too. In: the text. Out: a policy, or one sentence with the line that is
 * wrong. docs/policies.md says what a file may hold.
 */
import { createRequire } from 'node:module';
import type { Document, LineCounter, Node, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { matchesAnySuite, namePattern, type Pattern } from './pattern.js';
import type { Policy, PolicyRule, Requirement } from './policy.js';
import * as rules from './rules.js';

const require = createRequire(import.meta.url);

export type PolicyFile =
  | { readonly ok: true; readonly policy: Policy }
  /** `line` counts from 1. */
  | { readonly ok: false; readonly message: string; readonly line: number };

/** Characters of a policy file; a person writes it. */
const MAX_POLICY = 256 * 1024;

/** Keys in the order in which their rules are told. */
const SECTIONS = [
  'name',
  'description',
  'reference',
  'versions',
  'cipher_suites',
  'forward_secrecy',
  'extended_master_secret',
  'key_size',
  'signature_algorithms',
  'not_expired',
  'chain',
  'identity',
  'mutual',
  'established',
  'require',
] as const;
type Section = (typeof SECTIONS)[number];

/** Leaves the reading at the first fault; never seen outside this file. */
class Wrong {
  readonly message: string;
  readonly node: Node | undefined;
  constructor(message: string, node: Node | undefined) {
    this.message = message;
    this.node = node;
  }
}

/** Reads a policy; `fallbackName` is its name where it has none of its own. */
export function parsePolicy(text: string, fallbackName: string): PolicyFile {
  if (text.length > MAX_POLICY) {
    return { ok: false, message: `the policy is longer than ${MAX_POLICY} characters`, line: 1 };
  }
  // Loaded when the first policy is: most runs have none.
  const yaml = require('yaml') as typeof import('yaml');
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const [error] = document.errors;
  if (error !== undefined) {
    return {
      ok: false,
      message: sentence(error.message),
      line: Math.max(1, lines.linePos(error.pos[0]).line),
    };
  }
  try {
    return { ok: true, policy: new Reader(yaml, document, lines).policy(fallbackName) };
  } catch (thrown) {
    if (!(thrown instanceof Wrong)) throw thrown;
    return { ok: false, message: thrown.message, line: lineOf(thrown.node, lines) };
  }
}

function lineOf(node: Node | undefined, lines: LineCounter): number {
  const start = node?.range?.[0];
  return start === undefined ? 1 : Math.max(1, lines.linePos(start).line);
}

/** The library's own words, on one line. */
function sentence(message: string): string {
  return `this is no YAML: ${message.split('\n', 1)[0] ?? ''}`;
}

type Entry = { readonly key: Scalar; readonly name: string; readonly value: Node | undefined };

class Reader {
  readonly #yaml: typeof import('yaml');
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;

  constructor(yaml: typeof import('yaml'), document: Document.Parsed, lines: LineCounter) {
    this.#yaml = yaml;
    this.#document = document;
    this.#lines = lines;
  }

  policy(fallbackName: string): Policy {
    const root = this.#document.contents ?? undefined;
    if (root === undefined || !this.#yaml.isMap(root)) {
      throw new Wrong('a policy is a list of names with values, as "versions: [TLS 1.2, TLS 1.3]"', root);
    }
    const found = new Map<Section, Entry>();
    for (const entry of this.#entries(root)) {
      const section = SECTIONS.find((each) => each === entry.name);
      if (section === undefined) {
        throw new Wrong(
          `there is no rule "${entry.name}"; there are ${SECTIONS.slice(3).join(', ')}`,
          entry.key,
        );
      }
      found.set(section, entry);
    }
    const text = (section: Section): string | undefined => {
      const entry = found.get(section);
      return entry === undefined ? undefined : this.#text(entry.value, section, entry.key);
    };
    const policyRules = SECTIONS.flatMap((section) => {
      const entry = found.get(section);
      return entry === undefined ? [] : this.#rules(section, entry);
    });
    const require = found.get('require');
    const requirements = require === undefined ? [] : this.#requirements(require);
    if (policyRules.length + requirements.length === 0) {
      throw new Wrong('the policy has no rule: it would pass anything', root);
    }
    const description = text('description');
    const reference = text('reference');
    return {
      name: text('name') ?? fallbackName,
      ...(description === undefined ? {} : { description }),
      ...(reference === undefined ? {} : { reference }),
      rules: policyRules,
      requirements,
    };
  }

  #rules(section: Section, entry: Entry): PolicyRule[] {
    switch (section) {
      case 'name':
      case 'description':
      case 'reference':
      case 'require':
        return [];
      case 'versions':
        return [rules.versionsAllowed(this.#versions(entry))];
      case 'cipher_suites':
        return this.#suites(entry);
      case 'forward_secrecy':
        return [rules.forwardSecrecy(this.#flag(entry))];
      case 'extended_master_secret':
        return [rules.extendedMasterSecret(this.#flag(entry))];
      case 'key_size':
        return [this.#keySize(entry)];
      case 'signature_algorithms':
        return this.#signatures(entry);
      case 'not_expired':
        return this.#when(entry, rules.notExpired());
      case 'chain':
        return this.#when(entry, rules.chainValid());
      case 'identity':
        return this.#when(entry, rules.identityMatches());
      case 'mutual':
        return [rules.mutual(this.#flag(entry))];
      case 'established':
        return [rules.established(this.#flag(entry))];
    }
  }

  #versions({ value, key }: Entry): string[] {
    const list = this.#isMap(value) ? this.#only(value, ['allowed']).get('allowed') : { value, key };
    if (list === undefined) throw new Wrong('versions: name what is allowed, as "allowed: [TLS 1.2]"', key);
    return this.#list(list.value, 'versions', list.key).map((node) => {
      const written = this.#text(node, 'versions', list.key);
      const match = /^(TLS|SSL)[ _]?v?[ _]?(\d)(?:\.(\d))?$/i.exec(written.trim());
      const version =
        match === null ? '' : `${(match[1] as string).toUpperCase()} ${match[2]}.${match[3] ?? '0'}`;
      if (!/^(SSL [23]\.0|TLS 1\.[0-3])$/.test(version)) {
        throw new Wrong(`versions: "${written}" is no version of TLS; write it as TLS 1.2`, node);
      }
      return version;
    });
  }

  #suites({ value, key }: Entry): PolicyRule[] {
    const made = {
      allowed: rules.suitesAllowed,
      forbidden: rules.suitesForbidden,
      required: rules.suitesRequired,
      not_offered: rules.suitesNotOffered,
    } as const;
    const kinds = Object.keys(made) as (keyof typeof made)[];
    const lists = this.#only(this.#map(value, 'cipher_suites', kinds, key), kinds);
    return kinds.flatMap((kind) => {
      const list = lists.get(kind);
      if (list === undefined) return [];
      const name = `cipher_suites.${kind}`;
      const patterns = this.#patterns(list, name, (pattern, node) => {
        if (matchesAnySuite(pattern)) return;
        throw new Wrong(`${name}: "${pattern.text}" is no cipher suite of the IANA registry`, node);
      });
      return [made[kind](patterns)];
    });
  }

  #keySize({ value, key }: Entry): PolicyRule {
    if (!this.#isMap(value)) return rules.keySize({ rsa: this.#bits(value, 'key_size', key) });
    const sizes = this.#only(value, ['rsa', 'ec']);
    const size = (kind: 'rsa' | 'ec'): { [Kind in typeof kind]?: number } => {
      const entry = sizes.get(kind);
      return entry === undefined ? {} : { [kind]: this.#bits(entry.value, `key_size.${kind}`, entry.key) };
    };
    return rules.keySize({ ...size('rsa'), ...size('ec') });
  }

  #signatures({ value, key }: Entry): PolicyRule[] {
    const kinds = ['allowed', 'forbidden'] as const;
    const lists = this.#only(this.#map(value, 'signature_algorithms', kinds, key), kinds);
    return kinds.flatMap((kind) => {
      const list = lists.get(kind);
      if (list === undefined) return [];
      return [rules.signatureAlgorithms(kind, this.#patterns(list, `signature_algorithms.${kind}`))];
    });
  }

  #requirements({ value, key }: Entry): Requirement[] {
    const nodes = this.#yaml.isScalar(value) ? [value] : this.#list(value, 'require', key);
    return nodes.map((node) => ({
      expression: this.#text(node, 'require', key),
      line: lineOf(node, this.#lines),
    }));
  }

  /** Rules that are there or not: `false` leaves them out. */
  #when(entry: Entry, rule: PolicyRule): PolicyRule[] {
    return this.#flag(entry) ? [rule] : [];
  }

  #patterns(
    { value, key }: Entry,
    name: string,
    check: (pattern: Pattern, node: Node) => void = () => {},
  ): Pattern[] {
    return this.#list(value, name, key).map((node) => {
      const pattern = namePattern(this.#text(node, name, key));
      check(pattern, node);
      return pattern;
    });
  }

  #entries(map: YAMLMap): Entry[] {
    return map.items.map((pair: Pair) => {
      const key = pair.key;
      if (!this.#yaml.isScalar(key) || typeof key.value !== 'string') {
        throw new Wrong('a name is wanted before the colon', map);
      }
      return { key, name: key.value, value: this.#resolved(pair.value) };
    });
  }

  #resolved(value: unknown): Node | undefined {
    if (this.#yaml.isAlias(value)) return value.resolve(this.#document);
    return this.#yaml.isNode(value) ? value : undefined;
  }

  #isMap(value: Node | undefined): value is YAMLMap {
    return this.#yaml.isMap(value);
  }

  #map(value: Node | undefined, name: string, keys: readonly string[], at: Node): YAMLMap {
    if (this.#isMap(value)) return value;
    throw new Wrong(`${name}: say which of ${keys.join(', ')}, each with a list`, value ?? at);
  }

  #only(map: YAMLMap, keys: readonly string[]): Map<string, Entry> {
    const found = new Map<string, Entry>();
    for (const entry of this.#entries(map)) {
      if (!keys.includes(entry.name)) {
        throw new Wrong(`"${entry.name}" has no meaning here; there are ${keys.join(', ')}`, entry.key);
      }
      found.set(entry.name, entry);
    }
    return found;
  }

  #list(value: Node | undefined, name: string, at: Node): Node[] {
    if (!this.#yaml.isSeq(value)) throw new Wrong(`${name}: a list is wanted, as [a, b]`, value ?? at);
    const items = (value as YAMLSeq).items.map((item) => this.#resolved(item));
    if (items.length === 0) throw new Wrong(`${name}: the list is empty`, value);
    return items.map((item) => {
      if (item === undefined) throw new Wrong(`${name}: an element of the list is missing`, value);
      return item;
    });
  }

  #text(value: Node | undefined, name: string, at: Node): string {
    const text = this.#yaml.isScalar(value) ? value.value : undefined;
    if (typeof text === 'string' && text !== '') return text;
    // An unquoted 0x002f is a number to YAML, and its source is what was meant.
    if (typeof text === 'number' && this.#yaml.isScalar(value) && value.source !== undefined)
      return value.source;
    throw new Wrong(`${name}: a text is wanted`, value ?? at);
  }

  #flag({ value, key, name }: Entry): boolean {
    const flag = this.#yaml.isScalar(value) ? value.value : undefined;
    if (typeof flag === 'boolean') return flag;
    throw new Wrong(`${name}: true or false is wanted`, value ?? key);
  }

  #bits(value: Node | undefined, name: string, at: Node): number {
    const bits = this.#yaml.isScalar(value) ? value.value : undefined;
    if (typeof bits === 'number' && Number.isInteger(bits) && bits > 0) return bits;
    throw new Wrong(`${name}: a number of bits is wanted`, value ?? at);
  }
}
