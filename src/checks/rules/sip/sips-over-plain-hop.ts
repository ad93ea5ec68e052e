import type { MessageRule } from '../../rule.js';

export const sipsOverPlainHop: MessageRule = {
  on: 'message',
  about: 'hop',
  id: 'sip/sips-over-plain-hop',
  severity: 'error',
  reference: 'RFC 3261 §26.2.2',
  title: 'sips request over a hop without TLS',
  explanation:
    'A SIPS URI asks for TLS on every hop to the domain it names, and by RFC 5630 §3.1 on those inside that domain ' +
    'too. A request to one that travels over plain UDP or TCP is readable to everybody on the way.',
  concerns: ({ transport, isSipsRequest }) =>
    isSipsRequest && (transport === 'udp' || transport === 'tcp' || transport === 'ws'),
  check({ message, transport = '' }, report) {
    if (message.kind !== 'request') return;
    report(
      `the request to ${message.requestUri} travels over plain ${transport.toUpperCase()}`,
      'Request-URI',
    );
  },
};
