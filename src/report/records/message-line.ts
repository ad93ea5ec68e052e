/**
 * The record of a SIP message as JSON, written from the bytes of the message: the same text as `toJson(toRecord(event))`,
 * at a fifth of its cost. Messages that are not plain go that way, as do bodies with something inside, and findings.
 */
import type { SipMessageEvent } from '../../analyzer/events.js';
import type { PlainMessage } from '../../analyzer/plain-message.js';
import type { AddressPlaces, IndexedName, MessageIndex } from '../../sip/fast/fast-path.js';
import { parseNameAddr } from '../../sip/grammar/address.js';
import { parseCSeq } from '../../sip/grammar/values.js';
import { parseVia } from '../../sip/grammar/via.js';
import { CALL_ID, CONTENT_TYPE, CSEQ, FROM, TO, VIA } from '../../sip/header-check.js';
import { writeBody } from './body-line.js';
import { SCHEMA_VERSION } from './declared/field.js';
import { FindingsWriter } from './finding-line.js';
import { toJson } from './json.js';
import { ascii, JsonWriter } from './json-writer.js';
import { secondText, toRecord } from './to-record.js';

const REQUEST = ascii(',"is_request":true,"method":"');
const REQUEST_URI = ascii('","request_uri":"');
const RESPONSE = ascii(',"is_request":false,"status_code":');
const REASON = ascii(',"reason_phrase":"');
const FRAME = ascii(',"frame":');
const FRAMES = ascii(',"frames":[');
const TIMESTAMP = ascii('],"timestamp":"');
const TRANSPORT = ascii('","transport":"');
const SRC = ascii(',"src":"');
const SRC_PORT = ascii('","src_port":');
const DST = ascii(',"dst":"');
const DST_PORT = ascii('","dst_port":');
const TCP_STREAM = ascii(',"tcp_stream":');
const CALL_ID_IS = ascii(',"call_id":"');
const CSEQ_NUMBER = ascii(',"cseq":{"number":');
const CSEQ_METHOD = ascii(',"method":"');
const FROM_URI = ascii(',"from":{"uri":"');
const TO_URI = ascii(',"to":{"uri":"');
const DISPLAY_NAME = ascii(',"display_name":"');
const TAG = ascii(',"tag":"');
const VIA_BRANCH = ascii(',"via_branch":"');
const HEADERS = ascii(',"headers":[');
const BODY = ascii(',"body":');
const BODY_TYPE = ascii(',"body":{"content_type":"');
const BODY_HEADERS = ascii('","headers":[');
const BODY_LENGTH = ascii('],"length":');
const BODY_TEXT = ascii(',"text":"');
const NO_FINDINGS = ascii(',"findings":[]}');
const FINDINGS = ascii(',"findings":');
const BRACE = ascii('}');
const BRACKET = ascii(']');
const COMMA = ascii(',');
const DOT = ascii('.');
const Z = ascii('Z');
const QUOTED_BRACE = ascii('"}');

/** Nanoseconds that the last of so many digits of a second stands for: `**` costs as much as writing them. */
const NANOSECONDS = Array.from({ length: 10 }, (_, digits) => 10 ** (9 - digits));

/** Writes the records of messages; each is good until the next is asked for. */
export class MessageLines {
  readonly #json = new JsonWriter();
  readonly #findings = new FindingsWriter();
  readonly #end: Uint8Array;
  /** `{"name":"Via","value":"` by the number that the index gave the name. */
  #names: Uint8Array[] = [];
  #index: MessageIndex | undefined;
  #file: string | undefined;
  #start: Uint8Array = new Uint8Array(0);

  /** `end` is ASCII to put behind each record. */
  constructor(end = '') {
    this.#end = ascii(end);
  }

  /** The record of a message; `plain` is what its listener got with it. */
  line(event: SipMessageEvent, plain: PlainMessage | undefined): Uint8Array {
    const json = this.#json;
    json.restart();
    // Identity headers are rare, and what became of one is not: no second writer is worth it.
    if (plain === undefined || plain.index.hasIdentity) json.json(toJson(toRecord(event)));
    else this.#write(event, plain);
    json.raw(this.#end);
    return json.written;
  }

  #write(event: SipMessageEvent, plain: PlainMessage): void {
    const { findings } = event;
    const { index } = plain;
    if (index !== this.#index) {
      this.#index = index;
      this.#names = [];
    }
    const json = this.#json;
    this.#place(event);
    this.#startLine(index);
    this.#named(index);
    json.raw(HEADERS);
    this.#headers(index, false);
    json.raw(BRACKET);
    if (plain.hasPlainText) this.#text(index);
    else if (index.bodyStart < index.bytes.length && event.body !== undefined) {
      json.raw(BODY);
      writeBody(json, event.body);
    }
    if (findings.length === 0) json.raw(NO_FINDINGS);
    else {
      json.raw(FINDINGS);
      this.#findings.write(json, findings);
      json.raw(BRACE);
    }
  }

  #place(event: SipMessageEvent): void {
    const json = this.#json;
    const { file, frame, frames, transport, source, destination, tcpStream } = event;
    if (file !== this.#file) {
      this.#file = file;
      this.#start = Buffer.from(
        `{"schema_version":"${SCHEMA_VERSION}","type":"sip_message","file":${toJson(file)}`,
      );
    }
    json.raw(this.#start);
    if (frame !== undefined) {
      json.raw(FRAME);
      json.number(frame.number);
      json.raw(FRAMES);
      for (let at = 0; at < frames.length; at++) {
        if (at > 0) json.raw(COMMA);
        json.number(frames[at] as number);
      }
      json.raw(TIMESTAMP);
      json.ascii(secondText(frame.seconds));
      if (frame.timeDigits > 0) {
        json.raw(DOT);
        const nanoseconds = NANOSECONDS[frame.timeDigits] as number;
        json.number(Math.floor(frame.nanoseconds / nanoseconds), frame.timeDigits);
      }
      json.raw(Z);
      if (transport !== undefined) {
        json.raw(TRANSPORT);
        json.ascii(transport);
      }
      json.quote();
    }
    if (source !== undefined && destination !== undefined) {
      json.raw(SRC);
      json.ascii(source.address);
      json.raw(SRC_PORT);
      json.number(source.port);
      json.raw(DST);
      json.ascii(destination.address);
      json.raw(DST_PORT);
      json.number(destination.port);
    }
    if (tcpStream !== undefined) {
      json.raw(TCP_STREAM);
      json.number(tcpStream);
    }
  }

  #startLine(index: MessageIndex): void {
    const json = this.#json;
    const { bytes } = index;
    if (index.isRequest) {
      json.raw(REQUEST);
      json.copy(bytes, 0, index.methodEnd);
      json.raw(REQUEST_URI);
      json.escaped(bytes, index.uriStart, index.uriEnd);
    } else {
      json.raw(RESPONSE);
      json.number(index.statusCode);
      json.raw(REASON);
      json.escaped(bytes, index.reasonStart, index.reasonEnd);
    }
    json.quote();
  }

  /** The headers that have a member of their own: the first of each name. */
  #named(index: MessageIndex): void {
    const json = this.#json;
    const { bytes, first, via } = index;
    const callId = first[CALL_ID] as number;
    if (callId >= 0) {
      json.raw(CALL_ID_IS);
      this.#value(index, callId);
      json.quote();
    }
    const cseq = first[CSEQ] as number;
    if (index.cseqNumber >= 0) {
      json.raw(CSEQ_NUMBER);
      json.number(index.cseqNumber);
      json.raw(CSEQ_METHOD);
      json.copy(bytes, index.cseqMethodStart, index.cseqMethodEnd);
      json.raw(QUOTED_BRACE);
    } else if (cseq >= 0) this.#member('cseq', cseqOf(index.valueOf(cseq)));
    this.#address(index, FROM, index.from, FROM_URI, 'from');
    this.#address(index, TO, index.to, TO_URI, 'to');
    const header = first[VIA] as number;
    if (header < 0) return;
    if (via.isUsual) {
      json.raw(VIA_BRANCH);
      json.copy(bytes, via.branchStart, via.branchEnd);
      json.quote();
    } else this.#member('via_branch', parseVia(index.valueOf(header)).branch);
  }

  #address(index: MessageIndex, check: number, places: AddressPlaces, start: Uint8Array, name: string): void {
    const header = index.first[check] as number;
    if (header < 0) return;
    if (!places.isUsual) {
      const { uri, displayName, tag } = parseNameAddr(index.valueOf(header));
      this.#member(name, { uri, display_name: displayName, tag });
      return;
    }
    const json = this.#json;
    const { bytes } = index;
    json.raw(start);
    json.copy(bytes, places.uriStart, places.uriEnd);
    json.quote();
    if (places.nameStart >= 0) {
      json.raw(DISPLAY_NAME);
      json.copy(bytes, places.nameStart, places.nameEnd);
      json.quote();
    }
    if (places.tagStart >= 0) {
      json.raw(TAG);
      json.copy(bytes, places.tagStart, places.tagEnd);
      json.quote();
    }
    json.raw(BRACE);
  }

  /** A member whose value was parsed, as it is not in the usual form. */
  #member(name: string, value: unknown): void {
    if (value !== undefined) this.#json.json(`,"${name}":${toJson(value)}`);
  }

  #headers(index: MessageIndex, contentAlone: boolean): void {
    const json = this.#json;
    const { names, count } = index;
    let isFirst = true;
    for (let header = 0; header < count; header++) {
      const name = names[header] as IndexedName;
      if (contentAlone && !name.isContent) continue;
      if (!isFirst) json.raw(COMMA);
      isFirst = false;
      json.raw(this.#nameStart(name));
      this.#value(index, header);
      json.raw(QUOTED_BRACE);
    }
  }

  #nameStart(name: IndexedName): Uint8Array {
    const known = this.#names[name.number];
    if (known !== undefined) return known;
    // A token needs no escape.
    const start = ascii(`{"name":"${name.name}","value":"`);
    this.#names[name.number] = start;
    return start;
  }

  #value(index: MessageIndex, header: number): void {
    const start = index.valueStarts[header] as number;
    const end = index.valueEnds[header] as number;
    if (index.valueEscapes[header] === 0) this.#json.copy(index.bytes, start, end);
    else this.#json.escaped(index.bytes, start, end);
  }

  #text(index: MessageIndex): void {
    const json = this.#json;
    const { bytes, bodyStart } = index;
    json.raw(BODY_TYPE);
    this.#value(index, index.first[CONTENT_TYPE] as number);
    json.raw(BODY_HEADERS);
    this.#headers(index, true);
    json.raw(BODY_LENGTH);
    json.number(bytes.length - bodyStart);
    json.raw(BODY_TEXT);
    json.escaped(bytes, bodyStart, bytes.length);
    json.raw(QUOTED_BRACE);
  }
}

function cseqOf(value: string): object | undefined {
  const { number, method } = parseCSeq(value);
  return Number.isNaN(number) ? undefined : { number, method };
}
