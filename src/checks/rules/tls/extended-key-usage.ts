import { sipDomainUsage } from '../../../x509/identity.js';
import type { ConnectionRule } from '../../rule.js';
import { frameText } from '../../tls/chain-rules.js';

export const tlsExtendedKeyUsage: ConnectionRule = {
  on: 'connection',
  id: 'tls/extended-key-usage',
  severity: 'warning',
  reference: 'RFC 5924 §4',
  title: 'certificate is not meant for SIP',
  explanation:
    'The server’s certificate has an extended key usage that names neither id-kp-sipDomain nor ' +
    'anyExtendedKeyUsage; it must not be accepted as a SIP certificate. Certificates from public authorities are ' +
    'often of this kind, and many implementations take them.',
  check({ connection }, report) {
    const [leaf] = connection.certificates;
    if (leaf === undefined || sipDomainUsage(leaf) !== 'other') return;
    report(
      `the server’s certificate is for ${leaf.extendedKeyUsage.join(', ')} and not for id-kp-sipDomain`,
      frameText(connection.certificateFrame),
    );
  },
};
