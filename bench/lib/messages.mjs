/** SIP messages as phones send them: the calls INVITE, 180, 200, ACK, BYE, 200, each with its own identifiers. */

const STEPS = ['INVITE', '180', '200', 'ACK', 'BYE', '200'];
const REASONS = { 180: 'Ringing', 200: 'OK' };
const USER_AGENT = 'Beispielphone/4.2.1 (build 8812)';

/** Message number `index` of a run; `transport` is UDP, TCP or TLS. Every sixth begins a new call. */
export function message(index, transport, { body } = {}) {
  const call = Math.floor(index / STEPS.length);
  const step = STEPS[index % STEPS.length];
  const method = index % STEPS.length < 3 ? 'INVITE' : step === 'ACK' ? 'ACK' : 'BYE';
  const isRequest = !(step in REASONS);
  const scheme = transport === 'TLS' ? 'sips' : 'sip';
  const sdp = body ?? (step === 'INVITE' ? sdpOf(call) : '');
  const start = isRequest
    ? `${step} ${scheme}:bob${call % 1000}@example.net SIP/2.0`
    : `SIP/2.0 ${step} ${REASONS[step]}`;
  const lines = [
    start,
    `Via: SIP/2.0/${transport} 10.0.0.1:5060;branch=z9hG4bK${call.toString(36)}-${method}`,
    ...(isRequest ? ['Max-Forwards: 70'] : []),
    `From: "Alice ${call % 100}" <${scheme}:alice${call % 1000}@example.com>;tag=a${call.toString(36)}`,
    `To: <${scheme}:bob${call % 1000}@example.net>${step === 'INVITE' ? '' : `;tag=b${call.toString(36)}`}`,
    `Call-ID: ${call.toString(16).padStart(8, '0')}@example.com`,
    `CSeq: ${method === 'BYE' ? 2 : 1} ${method}`,
    ...(step === 'ACK' || step === 'BYE' ? [] : [`Contact: <${scheme}:alice${call % 1000}@10.0.0.1:5060>`]),
    `User-Agent: ${USER_AGENT}`,
    ...(sdp === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${Buffer.byteLength(sdp)}`,
    '',
    sdp,
  ];
  return Buffer.from(lines.join('\r\n'));
}

function sdpOf(call) {
  return [
    'v=0',
    `o=alice ${call} 1 IN IP4 10.0.0.1`,
    's=-',
    'c=IN IP4 10.0.0.1',
    't=0 0',
    `m=audio ${10_000 + ((call * 2) % 40_000)} RTP/AVP 0 8 101`,
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:8 PCMA/8000',
    'a=rtpmap:101 telephone-event/8000',
    '',
  ].join('\r\n');
}

/** A request of some sixty bytes, the least that can be told from another. */
export function tinyMessage(index) {
  return Buffer.from(`OPTIONS sip:b SIP/2.0\r\ni:${index}\r\nl:0\r\n\r\n`);
}
