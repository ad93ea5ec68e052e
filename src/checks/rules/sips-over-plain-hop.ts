import type { MessageRule } from '../rule.js';

export const sipsOverPlainHop: MessageRule = {
  on: 'message',
  id: 'sip/sips-over-plain-hop',
  severity: 'error',
  reference: 'RFC 3261 §26.2.2',
  title: 'sips request over a hop without TLS',
  explanation:
    'A SIPS URI asks for TLS on every hop to the domain it names, and by RFC 5630 §3.1 on those inside that domain ' +
    'too. A request to one that travels over plain UDP or TCP is readable to everybody on the way.',
  check({ message, transport }, report) {
    if (message.kind !== 'request' || !/^sips:/i.test(message.requestUri)) return;
    if (transport === 'udp' || transport === 'tcp' || transport === 'ws') {
      report(
        `the request to ${message.requestUri} travels over plain ${transport.toUpperCase()}`,
        'Request-URI',
      );
    }
  },
};
