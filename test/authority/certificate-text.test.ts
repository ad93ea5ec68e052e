import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { certificateText } from '../../src/authority/certificate-text.js';
import { DRAFT_CA_CERTIFICATE } from '../../src/authority/draft-authority.js';
import { parsePem } from '../../src/keys/pem.js';
import { parseCertificate } from '../../src/x509/certificate.js';

function textOf(pem: string): string[] {
  const [block] = parsePem(pem).blocks;
  const parsed = parseCertificate(block?.bytes ?? new Uint8Array(0));
  if (!parsed.ok) throw new Error(parsed.error.message);
  return certificateText(parsed.value);
}

const sample = (name: string): string =>
  readFileSync(new URL(`../../samples/certs/${name}`, import.meta.url), 'latin1');

/** All but white space, so that lines which the draft broke compare too. */
const squeezed = (text: string): string => text.replace(/\s+/g, '');

/** §5.1 of the draft, whole. */
const CA_LISTING = `
   Version: 3 (0x2)
   Serial Number: 0 (0x0)
   Signature Algorithm: sha1WithRSAEncryption
   Issuer: C=US, ST=California, L=San Jose, O=sipit,
           OU=Sipit Test Certificate Authority
   Validity
       Not Before: Jul 18 12:21:52 2003 GMT
       Not After : Jul 15 12:21:52 2013 GMT
   Subject: C=US, ST=California, L=San Jose, O=sipit,
           OU=Sipit Test Certificate Authority
   Subject Public Key Info:
       Public Key Algorithm: rsaEncryption
       RSA Public Key: (1024 bit)
           Modulus (1024 bit):
               00:c3:22:1e:83:91:c5:03:2c:3c:8a:f4:11:14:c6:
               4b:9d:fa:72:78:c6:b0:95:18:a7:e0:8c:79:ba:5d:
               a4:ae:1e:21:2d:9d:f1:0b:1c:cf:bd:5b:29:b3:90:
               13:73:66:92:6e:df:4c:b3:b3:1c:1f:2a:82:0a:ba:
               07:4d:52:b0:f8:37:7b:e2:0a:27:30:70:dd:f9:2e:
               03:ff:2a:76:cd:df:87:1a:bd:71:eb:e1:99:6a:c4:
               7f:8e:74:a0:77:85:04:e9:41:ad:fc:03:b6:17:75:
               aa:33:ea:0a:16:d9:fb:79:32:2e:f8:cf:4d:c6:34:
               a3:ff:1b:d0:68:28:e1:9d:e5
           Exponent: 65537 (0x10001)
   X509v3 extensions:
     X509v3 Subject Key Identifier:
       6B:46:17:14:EA:94:76:25:80:54:6E:13:54:DA:A1:E3:54:14:A1:B6
     X509v3 Authority Key Identifier:
       6B:46:17:14:EA:94:76:25:80:54:6E:13:54:DA:A1:E3:54:14:A1:B6
       DirName:/C=US/ST=California/L=San Jose/O=sipit/
                OU=Sipit Test Certificate Authority
       serial:00
     X509v3 Basic Constraints:
       CA:TRUE
   Signature Algorithm: sha1WithRSAEncryption
    96:6d:1b:ef:d5:91:93:45:7c:5b:1f:cf:c4:aa:47:52:0b:34:
    a8:50:fa:ec:fa:b4:2a:47:4c:5d:41:a7:3d:c0:d6:3f:9e:56:
    5b:91:1d:ce:a8:07:b3:1b:a4:9f:9a:49:6f:7f:e0:ce:83:94:
    71:42:af:fe:63:a2:34:dc:b4:5e:a5:ce:ca:79:50:e9:6a:99:
    4c:14:69:e9:7c:ab:22:6c:44:cc:8a:9c:33:6b:23:50:42:05:
    1f:e1:c2:81:88:5f:ba:e5:47:bb:85:9b:83:25:ad:84:32:ff:
    2a:5b:8b:70:12:11:83:61:c9:69:15:4f:58:a3:3c:92:d4:e8:
    6f:52`;

/** Lines of §5.2 and §5.3 that tell a host's certificate from a user's. */
const HOST_LINES = [
  'Serial Number:',
  '01:95:00:71:02:33:00:55',
  'Not Before: Feb  3 18:49:08 2005 GMT',
  'Not After : Feb  3 18:49:08 2008 GMT',
  'Subject: C=US, ST=California, L=San Jose, O=sipit, CN=example.com',
  '00:e6:31:76:b5:27:cc:8d:32:85:56:70:f7:c2:33:',
  'X509v3 Subject Alternative Name:',
  'DNS:example.com',
  'CA:FALSE',
  '22:EA:CB:38:66:1D:F1:96:0C:9A:47:B6:BB:1C:52:44:B0:77:65:8D',
];
const USER_LINES = [
  '01:95:00:71:02:33:00:58',
  'Subject: C=US, ST=California, L=San Jose, O=sipit, CN=fluffy@example.com',
  'URI:sip:fluffy@example.com, URI:im:fluffy@example.com, URI:pres:fluffy@example.com',
  '4c:46:49:6e:01:48:e2:d4:6e:d7:48:a1:f3:7b:c8:a5:98:37:',
];

describe('certificates as text', () => {
  it('prints the authority as §5.1 does', () => {
    const ours = textOf(DRAFT_CA_CERTIFICATE).join('\n');
    expect(squeezed(ours)).toBe(`Certificate:Data:${squeezed(CA_LISTING)}`);
  });

  it('prints the certificates of §5.2 and §5.3 in their lines', () => {
    const lines = (name: string): string[] => textOf(sample(name)).map((line) => line.trim());
    expect(lines('domain_cert_example.com.pem')).toEqual(expect.arrayContaining(HOST_LINES));
    expect(lines('user_cert_fluffy@example.com.pem')).toEqual(expect.arrayContaining(USER_LINES));
  });

  it('has the draft’s authority as the samples have it', () => {
    expect(DRAFT_CA_CERTIFICATE).toBe(sample('root_cert_fluffyCA.pem'));
  });
});
