import { EC_BITS_MINIMUM, RSA_BITS_MINIMUM } from '../../../x509/chain.js';
import type { ConnectionRule } from '../../rule.js';
import { shownCertificates } from '../../tls/chain-rules.js';

const SIZED = new Set(['rsaEncryption', 'id-RSASSA-PSS', 'id-dsa']);

export const tlsWeakKey: ConnectionRule = {
  on: 'connection',
  id: 'tls/weak-key',
  severity: 'warning',
  reference: 'NIST SP 800-57 Part 1, table 2',
  title: 'key of a certificate is too short',
  explanation:
    'The public key of a certificate has less than 80 bits of security: it can be broken, and who broke it can read ' +
    'what was captured. Policies can ask for more, as `rfc9325` does.',
  check(subject, report) {
    for (const { side, certificates, where } of shownCertificates(subject)) {
      for (const { subject: name, publicKey } of certificates) {
        const { algorithm, bits, curve } = publicKey;
        const minimum = curve !== undefined ? EC_BITS_MINIMUM : SIZED.has(algorithm) ? RSA_BITS_MINIMUM : 0;
        if (bits === 0 || bits >= minimum) continue;
        report(
          `the ${side} showed "${name}", whose ${algorithm} key has ${bits} bits, less than ${minimum}`,
          where,
        );
      }
    }
  },
};
