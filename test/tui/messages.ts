import { CaptureBuilder } from '../support/pcap-builder.js';

export const ALICE = { address: '10.0.0.1', port: 5060 };
export const PROXY = { address: '10.0.0.2', port: 5060 };

export type MessageText = {
  readonly callId?: string;
  readonly cseq?: string;
  readonly branch?: string;
  readonly from?: string;
  readonly to?: string;
  readonly extra?: string;
  readonly body?: string;
};

/** A message with what is required; `start` is its first line. */
export function sip(start: string, options: MessageText = {}): string {
  const { callId = 'call-1@10.0.0.1', branch = 'z9hG4bKone', body = '', extra = '' } = options;
  const method = start.startsWith('SIP/') ? 'INVITE' : (start.split(' ')[0] ?? '');
  return (
    `${start}\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=${branch}\r\nMax-Forwards: 70\r\n` +
    `From: <sip:${options.from ?? 'alice@example.com'}>;tag=a\r\nTo: <sip:${options.to ?? 'bob@example.net'}>${start.startsWith('SIP/') ? ';tag=b' : ''}\r\n` +
    `Call-ID: ${callId}\r\nCSeq: ${options.cseq ?? `1 ${method}`}\r\nContact: <sip:alice@10.0.0.1>\r\n${extra}` +
    `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  );
}

/** A call that is set up, answered and ended, with one retransmission of the INVITE: eight messages. */
export function callCapture(): Buffer {
  const invite = sip('INVITE sip:bob@example.net SIP/2.0');
  return new CaptureBuilder()
    .udp(ALICE, PROXY, invite)
    .udp(ALICE, PROXY, invite)
    .udp(PROXY, ALICE, sip('SIP/2.0 100 Trying'))
    .udp(PROXY, ALICE, sip('SIP/2.0 180 Ringing'))
    .udp(PROXY, ALICE, sip('SIP/2.0 200 OK'))
    .udp(ALICE, PROXY, sip('ACK sip:bob@example.net SIP/2.0', { branch: 'z9hG4bKack' }))
    .udp(ALICE, PROXY, sip('BYE sip:bob@example.net SIP/2.0', { branch: 'z9hG4bKbye', cseq: '2 BYE' }))
    .udp(PROXY, ALICE, sip('SIP/2.0 200 OK', { branch: 'z9hG4bKbye', cseq: '2 BYE' }))
    .toBytes();
}

/** Messages of `count` calls of one request each. */
export function manyCapture(count: number): Buffer {
  const builder = new CaptureBuilder();
  for (let index = 1; index <= count; index++) {
    const options = {
      callId: `c${index}@10.0.0.1`,
      branch: `z9hG4bK${index}`,
      from: `user${index}@example.com`,
    };
    builder.udp(ALICE, PROXY, sip('OPTIONS sip:bob@example.net SIP/2.0', options));
  }
  return builder.toBytes();
}
