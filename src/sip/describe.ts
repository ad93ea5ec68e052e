/**
 * A SIP message as a tree of fields: the start line's parts, each header, and what the parsers of this folder read
 * in its value. Every field stands at the bytes it was read from. The body is left to others.
 */
import { append } from '../bytes/append.js';
import type { ByteSource, Field } from '../bytes/field.js';
import { isWildcardContact, type NameAddr, parseAddressList, parseNameAddr } from './grammar/address.js';
import { displayName } from './grammar/names.js';
import type { Parameter, Range } from './grammar/parameters.js';
import { splitStartLine } from './grammar/start-line.js';
import { type PlaceOf, placesIn } from './grammar/unfold.js';
import { parseUri } from './grammar/uri.js';
import { parseAuthentication, parseCSeq } from './grammar/values.js';
import { parseViaList, type Via } from './grammar/via.js';
import type { SipHeader, SipMessage } from './message.js';
import { startLineOf } from './validate.js';

const SINGLE_ADDRESSES = new Set(['to', 'from', 'reply-to', 'refer-to', 'referred-by']);
const ADDRESS_LISTS = new Set([
  ...[
    'contact',
    'route',
    'record-route',
    'path',
    'service-route',
    'p-asserted-identity',
    'p-preferred-identity',
  ],
  ...['alert-info', 'call-info', 'error-info', 'history-info', 'diversion'],
]);
const CREDENTIALS = new Set([
  'authorization',
  'proxy-authorization',
  'www-authenticate',
  'proxy-authenticate',
]);

/**
 * Fields of `message`, whose bytes are `source.bytes` (or lie in them from `base` on, as those of a message in a
 * datagram lie in its frame).
 */
export function describeSip(source: ByteSource, message: SipMessage, base = 0): Field[] {
  const tree = new Tree(source, base);
  const fields = [tree.startLine(message)];
  for (const header of message.headers) fields.push(tree.header(message, header));
  return fields;
}

/** Makes fields over one source. */
class Tree {
  readonly #source: ByteSource;
  readonly #base: number;

  constructor(source: ByteSource, base: number) {
    this.#source = source;
    this.#base = base;
  }

  startLine(message: SipMessage): Field {
    const { start, line } = startLineOf(message);
    const parts = splitStartLine(line);
    const children: Field[] = [];
    if (parts !== undefined) {
      const part = (name: string, value: string, range: Range, inner: readonly Field[] = []): void => {
        children.push(this.#field(name, value, start + range.start, range.end - range.start, inner));
      };
      if (message.kind === 'request') {
        const placeOf = placesIn(
          message.bytes,
          start + parts.second.start,
          parts.second.end - parts.second.start,
          message.requestUri,
        );
        part('Method', message.method, parts.first);
        part('Request-URI', message.requestUri, parts.second, this.#uri(message.requestUri, 0, placeOf));
        part('Version', message.version, parts.third);
      } else {
        part('Version', message.version, parts.first);
        part('Status Code', String(message.statusCode), parts.second);
        part('Reason Phrase', message.reasonPhrase, parts.third);
      }
    }
    const name = message.kind === 'request' ? 'Request-Line' : 'Status-Line';
    const text =
      message.kind === 'request'
        ? [message.method, message.requestUri, message.version].join(' ').trimEnd()
        : `${message.version} ${message.statusCode} ${message.reasonPhrase}`;
    return this.#field(name, text, start, line.length, children);
  }

  header(message: SipMessage, header: SipHeader): Field {
    const placeOf = placesIn(message.bytes, header.valueStart, header.valueLength, header.value);
    const { canonicalName, value } = header;
    let children: Field[] = [];
    if (canonicalName === 'via') children = this.#vias(parseViaList(value), value, placeOf);
    else if (canonicalName === 'cseq') children = this.#cseq(value, placeOf);
    else if (SINGLE_ADDRESSES.has(canonicalName)) children = this.#address(parseNameAddr(value), placeOf);
    else if (ADDRESS_LISTS.has(canonicalName) && !isWildcardContact(value))
      children = this.#addresses(parseAddressList(value), value, placeOf);
    else if (CREDENTIALS.has(canonicalName)) {
      const { scheme, parameters } = parseAuthentication(value);
      children = [
        this.#at('Scheme', scheme, { start: 0, end: scheme.length }, placeOf),
        ...this.#parameters(parameters, placeOf),
      ];
    }
    return this.#field(
      header.name === '' ? displayName(canonicalName) : header.name,
      value,
      header.start,
      header.length,
      children,
    );
  }

  #vias(vias: readonly Via[], value: string, placeOf: PlaceOf): Field[] {
    if (vias.length === 1) return this.#via(vias[0] as Via, placeOf);
    return vias.map((via) => {
      const range = {
        start: via.places.protocol.start,
        end: lastEnd(via.parameters, via.places.port ?? via.places.host),
      };
      return this.#at('Hop', value.slice(range.start, range.end), range, placeOf, this.#via(via, placeOf));
    });
  }

  #via(via: Via, placeOf: PlaceOf): Field[] {
    const { places } = via;
    const fields = [
      this.#at('Protocol', via.protocol, places.protocol, placeOf),
      this.#at('Transport', via.transport, places.transport, placeOf),
      this.#at('Sent-by Host', via.host, places.host, placeOf),
    ];
    if (places.port !== undefined)
      fields.push(
        this.#at('Sent-by Port', via.port === undefined ? '' : String(via.port), places.port, placeOf),
      );
    return [...fields, ...this.#parameters(via.parameters, placeOf)];
  }

  #cseq(value: string, placeOf: PlaceOf): Field[] {
    const { number, method, places } = parseCSeq(value);
    if (Number.isNaN(number)) return [];
    return [
      this.#at(
        'Sequence Number',
        value.slice(places.number.start, places.number.end),
        places.number,
        placeOf,
      ),
      this.#at('Method', method, places.method, placeOf),
    ];
  }

  #addresses(addresses: readonly NameAddr[], value: string, placeOf: PlaceOf): Field[] {
    if (addresses.length === 1) return this.#address(addresses[0] as NameAddr, placeOf);
    return addresses.map((address) => {
      const { displayName: name, uri } = address.places;
      const inBrackets = address.bracketed ? 1 : 0;
      const last = lastEnd(address.parameters, { start: uri.start, end: uri.end + inBrackets });
      const range = { start: name?.start ?? uri.start - inBrackets, end: last };
      return this.#at(
        'Address',
        value.slice(range.start, range.end),
        range,
        placeOf,
        this.#address(address, placeOf),
      );
    });
  }

  #address(address: NameAddr, placeOf: PlaceOf): Field[] {
    const { places, uri, displayName: name } = address;
    const fields: Field[] = [];
    if (name !== undefined && places.displayName !== undefined)
      fields.push(this.#at('Display Name', name, places.displayName, placeOf));
    fields.push(this.#at('URI', uri, places.uri, placeOf, this.#uri(uri, places.uri.start, placeOf)));
    return [...fields, ...this.#parameters(address.parameters, placeOf)];
  }

  /** Parts of the URI that stands `by` places into the text that `placeOf` knows. */
  #uri(text: string, by: number, placeOf: PlaceOf): Field[] {
    const uri = parseUri(text);
    const shifted: PlaceOf = (index) => placeOf(by + index);
    const { places } = uri;
    const fields: Field[] = [];
    if (uri.scheme !== '')
      fields.push(this.#at('Scheme', uri.scheme, { start: 0, end: uri.scheme.length }, shifted));
    if (uri.user !== undefined && places.user !== undefined)
      fields.push(this.#at(uri.scheme === 'tel' ? 'Number' : 'User', uri.user, places.user, shifted));
    if (uri.password !== undefined && places.password !== undefined)
      fields.push(this.#at('Password', uri.password, places.password, shifted));
    if (places.host !== undefined) fields.push(this.#at('Host', uri.host, places.host, shifted));
    if (places.port !== undefined)
      fields.push(this.#at('Port', text.slice(places.port.start, places.port.end), places.port, shifted));
    append(fields, this.#parameters(uri.parameters, shifted));
    if (uri.headers.length > 0) {
      const range = { start: uri.headers[0]?.range.start ?? 0, end: uri.headers.at(-1)?.range.end ?? 0 };
      const inner = this.#parameters(uri.headers, shifted);
      fields.push(this.#at('URI Headers', text.slice(range.start, range.end), range, shifted, inner));
    }
    return fields;
  }

  #parameters(parameters: readonly Parameter[], placeOf: PlaceOf): Field[] {
    return parameters.map(({ name, value, range }) => this.#at(name, value, range, placeOf));
  }

  /** A field over a range of the text that `placeOf` knows. */
  #at(
    name: string,
    value: string | undefined,
    range: Range,
    placeOf: PlaceOf,
    children: readonly Field[] = [],
  ): Field {
    const start = placeOf(range.start);
    return this.#field(name, value, start, placeOf(range.end) - start, children);
  }

  #field(
    name: string,
    value: string | undefined,
    start: number,
    length: number,
    children: readonly Field[],
  ): Field {
    const text = value === undefined ? {} : { value };
    return { name, ...text, start: this.#base + start, length, source: this.#source, children };
  }
}

function lastEnd(parameters: readonly Parameter[], otherwise: Range): number {
  return Math.max(otherwise.end, parameters.at(-1)?.range.end ?? 0);
}
