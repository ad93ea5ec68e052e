/**
 * The record of a SIP message as JSON, written straight from its parts: the same text as `toJson(toRecord(event))`, at
 * a third of its cost, as most of a message's record are header values that need no escaping.
 */
import type { SipMessageEvent } from '../analyzer/events.js';
import { parseNameAddr } from '../sip/address.js';
import type { SipHeader } from '../sip/message.js';
import { parseCSeq } from '../sip/values.js';
import { parseVia } from '../sip/via.js';
import { bodyLine, headersText } from './body-line.js';
import { findingsLine } from './finding-line.js';
import { quoted, quotedName } from './json.js';
import { SCHEMA_VERSION, timestamp } from './record.js';

/** One line of NDJSON without its end. */
export function messageLine(event: SipMessageEvent): string {
  const { message, frame, source, destination, body } = event;
  let line = `{"schema_version":"${SCHEMA_VERSION}","type":"sip_message","file":${quotedName(event.file)}`;
  if (frame !== undefined) {
    line += `,"frame":${frame.number},"frames":[${event.frames.join(',')}],"timestamp":"${timestamp(frame)}"`;
    if (event.transport !== undefined) line += `,"transport":"${event.transport}"`;
  }
  if (source !== undefined && destination !== undefined) {
    line += `,"src":"${source.address}","src_port":${source.port}`;
    line += `,"dst":"${destination.address}","dst_port":${destination.port}`;
  }
  if (event.tcpStream !== undefined) line += `,"tcp_stream":${event.tcpStream}`;
  line +=
    message.kind === 'request'
      ? `,"is_request":true,"method":${quotedName(message.method)},"request_uri":${quoted(message.requestUri)}`
      : `,"is_request":false,"status_code":${message.statusCode},"reason_phrase":${quotedName(message.reasonPhrase)}`;
  line += named(message.headers);
  line += `,"headers":${headersText(message.headers)}`;
  if (body !== undefined) line += `,"body":${bodyLine(body)}`;
  return `${line},"findings":${findingsLine(event.findings)}}`;
}

/** The headers that have a member of their own: the first of each name. */
function named(headers: readonly SipHeader[]): string {
  let callId: string | undefined;
  let cseq: string | undefined;
  let from: string | undefined;
  let to: string | undefined;
  let via: string | undefined;
  for (const { canonicalName, value } of headers) {
    if (canonicalName === 'via') via ??= value;
    else if (canonicalName === 'from') from ??= value;
    else if (canonicalName === 'to') to ??= value;
    else if (canonicalName === 'call-id') callId ??= value;
    else if (canonicalName === 'cseq') cseq ??= value;
  }
  let line = callId === undefined ? '' : `,"call_id":${quoted(callId)}`;
  if (cseq !== undefined) {
    const { number, method } = parseCSeq(cseq);
    if (!Number.isNaN(number))
      line += `,"cseq":{"number":${jsonNumber(number)},"method":${quotedName(method)}}`;
  }
  if (from !== undefined) line += `,"from":${addressText(from)}`;
  if (to !== undefined) line += `,"to":${addressText(to)}`;
  const branch = via === undefined ? undefined : parseVia(via).branch;
  return branch === undefined ? line : `${line},"via_branch":${quoted(branch)}`;
}

/** JSON has no infinity: a number of too many digits is null there. */
function jsonNumber(number: number): string {
  return Number.isFinite(number) ? String(number) : 'null';
}

function addressText(value: string): string {
  const { uri, displayName, tag } = parseNameAddr(value);
  let text = `{"uri":${quoted(uri)}`;
  if (displayName !== undefined) text += `,"display_name":${quoted(displayName)}`;
  if (tag !== undefined) text += `,"tag":${quoted(tag)}`;
  return `${text}}`;
}
