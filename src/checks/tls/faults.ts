import type { FaultMeaning } from '../fault-rules.js';

/** Rules of TLS that peers break, by the code that the session gives. */
export const TLS_FAULTS: Readonly<Record<string, FaultMeaning>> = {
  'not-a-record': {
    severity: 'warning',
    reference: 'RFC 5246 §6.2.1',
    title: 'bytes of a TLS connection are no record',
  },
  'plain-answer': {
    severity: 'error',
    reference: 'RFC 5246 §7.4.1.3',
    title: 'a ClientHello is answered in plain text',
  },
  'handshake-too-long': {
    severity: 'warning',
    reference: 'RFC 5246 §7.4',
    title: 'a handshake message is too long to be one',
  },
  'malformed-handshake': {
    severity: 'warning',
    reference: 'RFC 5246 §7.4',
    title: 'a handshake message is cut short',
  },
  'unexpected-message': {
    severity: 'warning',
    reference: 'RFC 5246 §7.3',
    title: 'a handshake message is out of order',
  },
  'malformed-certificate': {
    severity: 'warning',
    reference: 'RFC 5280 §4.1',
    title: 'a certificate that was shown cannot be read',
  },
  'suite-not-offered': {
    severity: 'error',
    reference: 'RFC 5246 §7.4.1.3',
    title: 'the server chose a suite that was not offered',
  },
  'finished-invalid': {
    severity: 'error',
    reference: 'RFC 5246 §7.4.9',
    title: 'a Finished does not match the handshake before it',
  },
};
